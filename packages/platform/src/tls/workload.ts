import { ENDPOINTS } from '@seaworthy/contracts';
import { z } from 'zod';
import { certificate, configGroup, secretFile } from '../config/config-group.ts';
import { processSource, secretsDirectory, trustDirectory } from '../config/config-source.ts';
import { readConfig } from '../config/read-config.ts';
import { workloadToken, type WorkloadToken } from '../auth/workload-token.ts';
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
  token: WorkloadToken;
  /** a certificate for these names; the authority's table says which ones this workload may have */
  enrol: (names: readonly string[]) => Promise<PlatformCertificate>;
}

const IDENTITY_URL = `https://${ENDPOINTS.identity.host}:${ENDPOINTS.identity.port}`;

/** What a workload is given in files. A root that is cut short has to be refused here: Node would trust nobody, and say so of each connection alone. */
export class WorkloadFiles extends configGroup({
  root: secretFile('root.pem', certificate),
  clientSecret: secretFile('client-secret', z.string().regex(/^[\x21-\x7e]{1,512}$/, 'must be one line of text')),
}) {}

/** Reads `client-secret` and `root.pem` from the mounted volumes, once. @throws {ConfigError} naming what is bad */
export function loadWorkload({
  name,
  identityUrl = IDENTITY_URL,
  secretsDir = secretsDirectory(),
  trustDir = trustDirectory(),
}: WorkloadOptions): WorkloadIdentity {
  const { root, clientSecret } = readFiles(secretsDir, trustDir);
  const fetch = platformFetch(root);
  const token = workloadToken({ identityUrl, clientId: name, clientSecret, fetch });
  const issue = identityIssuer({ identityUrl, fetch, token });
  return { name, identityUrl, root, fetch, token, enrol: (names) => PlatformCertificate.enrol({ names, issue }) };
}

function readFiles(secretsDir: string, trustDir: string): WorkloadFiles {
  const [secrets, trust] = [processSource(secretsDir), processSource(trustDir)];
  const source = { environment: {}, secret: (name: string) => (name === 'root.pem' ? trust : secrets).secret(name) };
  return readConfig([WorkloadFiles], source).get(WorkloadFiles) as WorkloadFiles;
}
