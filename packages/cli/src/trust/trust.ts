import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { runCommand, type CommandRunner } from '../host/command.ts';
import { readHostRecord, recordChange } from '../host/host-record.ts';
import { addTo, removeFrom, userStores, type TrustStore } from './trust-store.ts';

export interface TrustOptions {
  /** PEM file of the platform's root */
  readonly certificate: string;
  readonly stores: readonly TrustStore[];
  readonly run?: CommandRunner;
  /** where it is noted, for `clean` */
  readonly record?: string;
}

/** Adds the root to stores of this machine. Each is noted before it is changed, so that an interruption leaves nothing that is not known. */
export async function trust({ certificate, stores, run = runCommand, record }: TrustOptions): Promise<void> {
  const name = nameOf(certificate);
  const before = readHostRecord(record).trust ?? [];
  await untrust(run, record);
  for (const store of stores) {
    const known = readHostRecord(record).trust ?? [];
    const made = !existsSync(store.path) || before.some((one) => one.made && one.store.path === store.path);
    recordChange({ trust: [...known, { store, name, certificate, ...(made ? { made } : {}) }] }, record);
    await addTo(store, name, certificate, run);
  }
}

/**
 * Takes out what `trust` added, whichever run did. @returns what was done, for the user
 * @throws UserError FAILED where it is still there afterwards: it stays noted, for the next try
 */
export async function untrust(run: CommandRunner = runCommand, record?: string): Promise<string | undefined> {
  const known = readHostRecord(record).trust ?? [];
  if (known.length === 0) return undefined;
  for (const { store, name, certificate } of known) await removeFrom(store, name, certificate, run);
  recordChange({ trust: [] }, record);
  const made = known.filter(({ store, made: isOurs }) => isOurs && existsSync(store.path)).map(({ store }) => store.path);
  const left =
    made.length === 0 ? '' : `\n  made for it, and left, because a browser may use it by now: ${made.join(', ')} (rm -r removes it)`;
  return `took the root certificate out of ${known.map(({ store }) => store.path).join(', ')}${left}`;
}

/** The user's own stores; says what is missing where there is none. */
export async function ownStores(run: CommandRunner = runCommand): Promise<TrustStore[]> {
  const stores = await userStores(run);
  if (stores.length > 0) return stores;
  throw new UserError({
    code: 'HOST_NOT_READY',
    message: 'There is no trust store of yours that could be changed',
    expected: 'certutil, which keeps the store of Chrome, Chromium and Firefox',
    found: 'none',
    remedy:
      'Debian, Ubuntu: apt-get install libnss3-tools, and again; npm run trust system (as root) adds it for the whole machine;\ncurl --cacert and NODE_EXTRA_CA_CERTS need no store at all',
  });
}

/** Tells the roots of several clones apart. */
function nameOf(certificate: string): string {
  if (!existsSync(certificate)) {
    throw new UserError({
      code: 'NOT_RUNNING',
      message: 'There is no root certificate yet',
      expected: certificate,
      found: 'no such file',
      remedy: 'npm start, which makes it',
    });
  }
  const { fingerprint256 } = new X509Certificate(readFileSync(certificate));
  return `seaworthy-${fingerprint256.replaceAll(':', '').slice(0, 12).toLowerCase()}`;
}
