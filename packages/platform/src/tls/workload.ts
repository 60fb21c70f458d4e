import { readFileSync } from 'node:fs';
import { ENDPOINTS } from '@seaworthy/contracts';
import { secretsDirectory, trustDirectory } from '../config/config-source.ts';
import { ConfigError } from '../config/config.error.ts';
import { workloadToken } from '../auth/workload-token.ts';
import { identityIssuer } from './identity-issuer.ts';
import { platformFetch, type PlatformFetch } from './platform-fetch.ts';
import { PlatformCertificate } from './platform-certificate.ts';

export interface WorkloadOptions {
  /** client id at the workload issuer */
  name: string;
  identityUrl?: string;
  secretsDir?: string;
  trustDir?: string;
}

/** All that a service has from the platform: who it is, whom it trusts, and how it speaks to others. */
export interface WorkloadIdentity {
  name: string;
  identityUrl: string;
  /** the platform's root certificate, PEM */
  root: string;
  fetch: PlatformFetch;
  /** access token of this workload, fresh enough for one request */
  token: () => Promise<string>;
  /** a certificate for these names; the authority's table says which ones this workload may have */
  enrol: (names: readonly string[]) => Promise<PlatformCertificate>;
}

const IDENTITY_URL = `https://${ENDPOINTS.identity.host}:${ENDPOINTS.identity.port}`;

/** Reads `client-secret` and `root.pem` from the mounted volumes, once. */
export function loadWorkload({
  name,
  identityUrl = IDENTITY_URL,
  secretsDir = secretsDirectory(),
  trustDir = trustDirectory(),
}: WorkloadOptions): WorkloadIdentity {
  const root = read(`${trustDir}/root.pem`, /^-----BEGIN CERTIFICATE-----/);
  const clientSecret = read(`${secretsDir}/client-secret`, /^[\x21-\x7e]{1,512}$/).trim();
  const fetch = platformFetch(root);
  const token = workloadToken({ identityUrl, clientId: name, clientSecret, fetch });
  const issue = identityIssuer({ identityUrl, fetch, token });
  return { name, identityUrl, root, fetch, token, enrol: (names) => PlatformCertificate.enrol({ names, issue }) };
}

/** @throws {ConfigError} naming the file */
function read(path: string, shape: RegExp): string {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError([`${path}: expected a readable file, found none`]);
  }
  if (shape.test(text.trim())) return text;
  throw new ConfigError([
    `${path}: expected ${shape.source.includes('CERTIFICATE') ? 'a certificate in PEM' : 'one line of text'}, found something else`,
  ]);
}
