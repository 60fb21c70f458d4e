import { existsSync, globSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { CommandResult, CommandRunner } from '../host/command.ts';

/** One place of this machine that says which roots are trusted. Kept as plain data, so that `clean` can undo what another run did. */
export type TrustStore =
  /** the certificate database of Chrome, Chromium or Firefox, of this user alone */
  | { readonly kind: 'nss'; readonly path: string }
  /** macOS: the login keychain of this user alone */
  | { readonly kind: 'keychain'; readonly path: string }
  /** Debian and Ubuntu: every program and every user of the machine */
  | { readonly kind: 'system'; readonly path: string };

const SYSTEM_FOLDER = '/usr/local/share/ca-certificates';

/** The stores of this user that exist, or can be made. */
export async function userStores(
  run: CommandRunner,
  home: string = homedir(),
  platform: NodeJS.Platform = process.platform,
): Promise<TrustStore[]> {
  if (platform === 'darwin') return [{ kind: 'keychain', path: join(home, 'Library/Keychains/login.keychain-db') }];
  const certutil = await run('certutil', ['--help']);
  if (certutil.code === 127) return [];
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

/** Takes it out again. What is gone already is no error. */
export async function removeFrom(store: TrustStore, name: string, certificate: string, run: CommandRunner): Promise<void> {
  switch (store.kind) {
    case 'nss':
      await run('certutil', ['-d', `sql:${store.path}`, '-D', '-n', name]);
      return;
    case 'keychain':
      await run('security', ['remove-trusted-cert', certificate]);
      await run('security', ['delete-certificate', '-c', name, store.path]);
      return;
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

function expectDone({ code, stderr, stdout }: CommandResult, store: TrustStore): void {
  if (code === 0) return;
  throw new UserError({
    code: 'FAILED',
    message: `The trust store was not changed: ${store.path}`,
    found: (stderr || stdout).trim(),
    remedy: 'close the browser that uses it and try again; curl --cacert and NODE_EXTRA_CA_CERTS need no store at all',
  });
}
