import { existsSync, globSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { NO_SUCH_COMMAND } from '../host/command.ts';
import type { CommandResult, CommandRunner } from '../host/command.ts';

/** One place of this machine that says which roots are trusted. Kept as plain data, so that `clean` can undo what another run did. */
export type TrustStore =
  /** the certificate database of Chrome, Chromium or Firefox, of this user alone */
  | { readonly kind: 'nss'; readonly path: string }
  /** macOS: the login keychain of this user alone */
  | { readonly kind: 'keychain'; readonly path: string }
  /** Debian and Ubuntu: every program and every user of the machine */
  | { readonly kind: 'system'; readonly path: string };

/** What `security` ends with where nothing is found: errSecItemNotFound, of which a shell sees the last eight bits. */
const NO_SUCH_ITEM = 44;
const SYSTEM_FOLDER = '/usr/local/share/ca-certificates';

/** The stores of this user that exist, or can be made. */
export async function userStores(
  run: CommandRunner,
  home: string = homedir(),
  platform: NodeJS.Platform = process.platform,
): Promise<TrustStore[]> {
  if (platform === 'darwin') return [{ kind: 'keychain', path: join(home, 'Library/Keychains/login.keychain-db') }];
  const certutil = await run('certutil', ['--help']);
  if (certutil.code === NO_SUCH_COMMAND) return [];
  const firefox = globSync(join(home, '{.mozilla/firefox,snap/firefox/common/.mozilla/firefox}/*/cert9.db')).map(dirname);
  return [join(home, '.pki/nssdb'), ...firefox].map((path) => ({ kind: 'nss', path }) as const);
}

/** The whole machine's: only where `update-ca-certificates` keeps it, and only for root. */
export function systemStore(isRoot: boolean): TrustStore {
  if (existsSync(SYSTEM_FOLDER) && isRoot) return { kind: 'system', path: SYSTEM_FOLDER };
  throw new UserError({
    code: 'HOST_NOT_READY',
    message: 'The store of the whole machine cannot be changed from here',
    expected: `root, and ${SYSTEM_FOLDER} (Debian, Ubuntu)`,
    found: isRoot ? 'no such folder' : 'not root',
    remedy: 'npm run trust changes only your own; curl --cacert and NODE_EXTRA_CA_CERTS need no store at all',
  });
}

export async function addTo(store: TrustStore, name: string, certificate: string, run: CommandRunner): Promise<void> {
  switch (store.kind) {
    case 'nss': {
      if (!existsSync(join(store.path, 'cert9.db'))) {
        await mkdir(store.path, { recursive: true, mode: 0o700 });
        expectDone(await run('certutil', ['-d', `sql:${store.path}`, '-N', '--empty-password']), store);
      }
      // C: trusted to vouch for servers, and for nothing else
      return expectDone(await run('certutil', ['-d', `sql:${store.path}`, '-A', '-t', 'C,,', '-n', name, '-i', certificate]), store);
    }
    case 'keychain':
      return expectDone(await run('security', ['add-trusted-cert', '-r', 'trustRoot', '-p', 'ssl', '-k', store.path, certificate]), store);
    case 'system':
      await copyFile(certificate, systemFile(store, name));
      return expectDone(await run('update-ca-certificates', []), store);
    default: {
      const unreachable: never = store;
      return unreachable;
    }
  }
}

/**
 * Takes it out again. What is gone already is no error, and neither is a store that is gone; what is there afterwards is.
 * @throws UserError FAILED
 */
export async function removeFrom(store: TrustStore, name: string, certificate: string, run: CommandRunner): Promise<void> {
  switch (store.kind) {
    case 'nss': {
      if (!existsSync(join(store.path, 'cert9.db'))) return;
      const removed = await run('certutil', ['-d', `sql:${store.path}`, '-D', '-n', name]);
      const left = await run('certutil', ['-d', `sql:${store.path}`, '-L']);
      expectDone(left, store);
      if (left.stdout.split('\n').some((line) => line.startsWith(`${name} `))) throw notChanged(removed, store);
      return;
    }
    case 'keychain': {
      const hash = await hashInKeychain(store, name, run);
      if (hash === undefined) return;
      await run('security', ['remove-trusted-cert', certificate]);
      const removed = await run('security', ['delete-certificate', '-Z', hash, store.path]);
      if ((await hashInKeychain(store, name, run)) !== undefined) throw notChanged(removed, store);
      return;
    }
    case 'system':
      await rm(systemFile(store, name), { force: true });
      return expectDone(await run('update-ca-certificates', []), store);
    default: {
      const unreachable: never = store;
      return unreachable;
    }
  }
}

function systemFile(store: TrustStore, name: string): string {
  return join(store.path, `${name}.crt`);
}

/** By which `security` deletes it: its common name is that of every clone's root. Our name for it ends with the first of its SHA-256. */
async function hashInKeychain(store: TrustStore, name: string, run: CommandRunner): Promise<string | undefined> {
  const all = await run('security', ['find-certificate', '-a', '-Z', store.path]);
  if (all.code !== NO_SUCH_ITEM) expectDone(all, store);
  const first = name.replace(/^.*-/, '').toUpperCase();
  return new RegExp(`^SHA-256 hash: ${first}[0-9A-F]*\\s+SHA-1 hash: ([0-9A-F]{40})`, 'm').exec(all.stdout)?.[1];
}

function expectDone(result: CommandResult, store: TrustStore): void {
  if (result.code !== 0) throw notChanged(result, store);
}

function notChanged({ code, stderr, stdout }: CommandResult, store: TrustStore): UserError {
  const remedy =
    code === NO_SUCH_COMMAND
      ? 'install again what kept it (certutil: libnss3-tools on Debian), and try again'
      : 'close the browser that uses it and try again';
  return new UserError({
    code: 'FAILED',
    message: `The trust store was not changed: ${store.path}`,
    found: (stderr || stdout).trim() || 'the root certificate, still',
    remedy: `${remedy}; curl --cacert and NODE_EXTRA_CA_CERTS need no store at all`,
  });
}
