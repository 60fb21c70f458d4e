import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createUser } from '@nats-io/nkeys';
import { SIGNERS, WORKLOADS } from '@seaworthy/contracts';
import type { Signer, Workload } from '@seaworthy/contracts';
import { generateSigningKeys } from '@seaworthy/supply-chain';
import { UserError } from '../errors.ts';
import { writeWhole } from '../host/write-whole.ts';
import type { Instance } from '../instance.ts';
import { CUSTOMERS } from './people.ts';
import type { Customer } from './people.ts';

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
  readonly operatorPassword: string;
  readonly customerPasswords: Readonly<Record<Customer, string>>;
  readonly ordersDatabaseOwnerPassword: string;
  readonly ordersDatabasePassword: string;
  /** seed of the nkey by which orders speaks to NATS */
  readonly ordersMessagingKey: string;
  readonly paymentsDatabaseOwnerPassword: string;
  readonly paymentsDatabasePassword: string;
  /** seed of the nkey by which payments speaks to NATS */
  readonly paymentsMessagingKey: string;
  /** keys by which numbers of cards are sealed, the current one first: without them those that are kept are lost */
  readonly cardKeys: string;
}

/**
 * Reads the ring or makes what is missing of it; each file is written whole or not at all, so an interrupted start loses nothing. What is
 * damaged is made anew where nothing depends on the old one.
 * @throws UserError HOST_NOT_READY where something does: what was signed or kept with it
 */
export function keyRing(instance: Instance): KeyRing {
  const directory = join(instance.stateDir, 'secrets');
  const secret = (name: string): string => keep(join(directory, name), isSecret, newSecret, 'replace');
  const password = (name: string): string => keep(join(directory, name), isSecret, newSecret, 'refuse');
  const clientSecrets = Object.fromEntries(WORKLOADS.map((workload) => [workload, secret(`${workload}.client-secret`)]));
  const signingKeys = Object.fromEntries(
    SIGNERS.map((signer) => [signer, keep(signingKeyFile(instance, signer), isSigningKey, newSigningKey, 'refuse')]),
  ) as Record<Signer, string>;
  return {
    clientSecrets: clientSecrets as Record<Workload, string>,
    signingKeys,
    signerPublicKeys: Object.fromEntries(SIGNERS.map((signer) => [signer, publicHalf(signingKeys[signer])])) as Record<Signer, string>,
    databaseOwnerPassword: password('database-owner-password'),
    databasePassword: password('database-password'),
    cachePassword: secret('cache-password'),
    developerPassword: secret('developer.password'),
    operatorPassword: secret('operator.password'),
    customerPasswords: Object.fromEntries(CUSTOMERS.map((name) => [name, secret(`${name}.password`)])) as Record<Customer, string>,
    ordersDatabaseOwnerPassword: password('orders-database-owner-password'),
    ordersDatabasePassword: password('orders-database-password'),
    ordersMessagingKey: keep(join(directory, 'orders-messaging.nkey'), isMessagingKey, newMessagingKey, 'replace'),
    paymentsDatabaseOwnerPassword: password('payments-database-owner-password'),
    paymentsDatabasePassword: password('payments-database-password'),
    paymentsMessagingKey: keep(join(directory, 'payments-messaging.nkey'), isMessagingKey, newMessagingKey, 'replace'),
    cardKeys: keep(join(directory, 'card-keys'), isCardKeys, newSecret, 'refuse'),
  };
}

/**
 * Puts a new signing key in the place of the signer's. The next start trusts the new one alone, so the old one is revoked by then. The gatekeeper's is
 * replaced with each: what it let pass on the word of the old key must be judged anew.
 * @returns whose keys are new
 */
export function replaceSigningKeys(instance: Instance, signer: Signer): Signer[] {
  const replaced = [...new Set<Signer>([signer, 'gatekeeper'])];
  for (const name of replaced) writeWhole(signingKeyFile(instance, name), newSigningKey(), 0o600);
  return replaced;
}

function signingKeyFile({ stateDir }: Instance, signer: Signer): string {
  return join(stateDir, 'secrets', `${signer}.signing.key`);
}

const newSecret = (): string => randomBytes(32).toString('base64url');
const isSecret = (text: string): boolean => /^[\w-]{43}$/.test(text);
const isCardKeys = (text: string): boolean => text.split(' ').every(isSecret);
const newSigningKey = (): string => generateSigningKeys().privateKey;

function isSigningKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

const isMessagingKey = (text: string): boolean => /^SU[A-Z2-7]{56}$/.test(text);
const newMessagingKey = (): string => new TextDecoder().decode(createUser().getSeed());

/** SPKI PEM. */
function publicHalf(key: string): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

function keep(path: string, isWhole: (text: string) => boolean, make: () => string, whenDamaged: 'replace' | 'refuse'): string {
  const found = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (found !== undefined && isWhole(found)) return found;
  if (found !== undefined && whenDamaged === 'refuse') throw damaged(path);
  const made = make();
  writeWhole(path, made, 0o600);
  return made;
}

function damaged(path: string): UserError {
  return new UserError({
    code: 'HOST_NOT_READY',
    message: `A secret of the platform is damaged: ${path}`,
    expected: 'the file as npm start wrote it: what is released or stored was signed or locked with it',
    found: 'something else',
    remedy: 'put it back from a backup; without one: npm run clean, and begin anew with new keys and empty data',
  });
}
