import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIGNERS, WORKLOADS } from '@seaworthy/contracts';
import type { Signer, Workload } from '@seaworthy/contracts';
import { writeWhole } from '../host/write-whole.ts';
import type { Instance } from '../instance.ts';

/** The secrets of one copy of the platform, made once and kept under its state directory (0700) until `npm run clean`. */
export interface KeyRing {
  /** OAuth 2.0 client secret of each workload */
  readonly clientSecrets: Readonly<Record<Workload, string>>;
  /** PKCS#8 PEM, ECDSA P-256, of each signer of evidence */
  readonly signingKeys: Readonly<Record<Signer, string>>;
  /** SPKI PEM of each signer */
  readonly signerPublicKeys: Readonly<Record<Signer, string>>;
  readonly databaseOwnerPassword: string;
  readonly databasePassword: string;
  readonly cachePassword: string;
  readonly developerPassword: string;
}

/** Reads the ring or makes what is missing of it; each file is written whole or not at all, so an interrupted start loses nothing. */
export function keyRing(instance: Instance): KeyRing {
  const directory = join(instance.stateDir, 'secrets');
  const secret = (name: string): string => keep(join(directory, name), () => randomBytes(32).toString('base64url'));
  const clientSecrets = Object.fromEntries(WORKLOADS.map((workload) => [workload, secret(`${workload}.client-secret`)]));
  const signingKeys: Partial<Record<Signer, string>> = {};
  const signerPublicKeys: Partial<Record<Signer, string>> = {};
  for (const signer of SIGNERS) {
    const key = join(directory, `${signer}.signing.key`);
    const publicKey = join(directory, `${signer}.signing.pub`);
    keep(key, () => makeSigningKey(publicKey));
    signingKeys[signer] = readFileSync(key, 'utf8');
    signerPublicKeys[signer] = readFileSync(publicKey, 'utf8');
  }
  return {
    clientSecrets: clientSecrets as Record<Workload, string>,
    signingKeys: signingKeys as Record<Signer, string>,
    signerPublicKeys: signerPublicKeys as Record<Signer, string>,
    databaseOwnerPassword: secret('database-owner-password'),
    databasePassword: secret('database-password'),
    cachePassword: secret('cache-password'),
    developerPassword: secret('developer.password'),
  };
}

/** The public half is written first: a key that exists has its public half. */
function makeSigningKey(publicKeyPath: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeWhole(publicKeyPath, publicKey.export({ type: 'spki', format: 'pem' }) as string, 0o644);
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

function keep(path: string, make: () => string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = make();
  writeWhole(path, made, 0o600);
  return made;
}
