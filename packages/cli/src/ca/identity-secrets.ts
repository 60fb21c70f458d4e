import { createHash, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newIssuerKeys, rotated } from './issuer-keys.ts';

export interface Person {
  name: string;
  roles: readonly string[];
  password: string;
}

/** Files of the identity service's secrets volume, besides the authority's. None of them holds a secret of a workload or a person in the clear. */
export interface IdentitySecrets {
  'clients.json': string;
  'accounts.json': string;
  'issuer-keys.json': string;
}

interface PasswordHash {
  salt: string;
  hash: string;
  cost: number;
}

/** scrypt's N (RFC 7914): about 60 ms a guess; r = 8, p = 1 */
const COST = 2 ** 15;

const ISSUER_KEYS = 'issuer-keys.json';

/** What the identity service must know of workloads and people. The issuers' keys and the passwords' salts are kept in `dir` and stay the same. */
export function identitySecrets(options: {
  dir: string;
  clientSecrets: Readonly<Record<string, string>>;
  people: readonly Person[];
}): IdentitySecrets {
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const clients = Object.entries(options.clientSecrets).map(([id, secret]) => ({
    id,
    secretSha256: createHash('sha256').update(secret).digest('hex'),
  }));
  return {
    'clients.json': JSON.stringify(clients),
    'accounts.json': keepAccounts(join(options.dir, 'accounts.json'), options.people),
    'issuer-keys.json': keep(join(options.dir, ISSUER_KEYS), newIssuerKeys),
  };
}

/** Both issuers sign with new keys from the next start of identity on. What was signed before goes on to count. */
export function rotateIssuerKeys(dir: string, now?: number): void {
  const path = join(dir, ISSUER_KEYS);
  write(path, rotated(keep(path, newIssuerKeys), now));
}

function keepAccounts(path: string, people: readonly Person[]): string {
  const found = readJson(path);
  const known = (Array.isArray(found) ? found : []) as { name: string; password: PasswordHash }[];
  const accounts = people.map(({ name, roles, password }) => {
    const before = known.find((account) => account.name === name)?.password;
    return { name, roles, password: before && matches(before, password) ? before : hashPassword(password) };
  });
  const text = JSON.stringify(accounts);
  write(path, text);
  return text;
}

function hashPassword(password: string, salt = randomBytes(16), cost = COST): PasswordHash {
  const hash = scryptSync(password, salt, 32, { N: cost, r: 8, p: 1, maxmem: 256 * cost * 8 });
  return { salt: salt.toString('base64url'), hash: hash.toString('base64url'), cost };
}

function matches({ salt, hash, cost }: PasswordHash, password: string): boolean {
  const found = hashPassword(password, Buffer.from(salt, 'base64url'), cost);
  return timingSafeEqual(Buffer.from(found.hash, 'base64url'), Buffer.from(hash, 'base64url'));
}

function keep(path: string, make: () => string): string {
  if (readJson(path) === undefined) write(path, make());
  return readFileSync(path, 'utf8');
}

/** Undefined when there is none, or when it is damaged: tokens live for minutes, and salts can be any. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
