import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readKeys } from 'openpgp';
import type { PublicKey } from 'openpgp';
import { ImageError } from '../errors.ts';

const KEYRINGS = '/usr/share/keyrings';

/** Debian's archive keys as the machine holds them (package debian-archive-keyring), or those in SEAWORTHY_DEBIAN_KEYRING. */
export async function loadKeyring(options: { env?: NodeJS.ProcessEnv; dir?: string } = {}): Promise<PublicKey[]> {
  const { env = process.env, dir = KEYRINGS } = options;
  const named = env['SEAWORTHY_DEBIAN_KEYRING'];
  const files = named
    ? [named]
    : (await readdir(dir).catch(() => []))
        .filter(isArchiveKeyring)
        .toSorted()
        .map((name) => join(dir, name));
  const keys = (await Promise.all(files.map(readKeyFile))).flat();
  if (keys.length > 0) return [...new Map(keys.map((key) => [key.getFingerprint(), key])).values()];
  throw new ImageError({
    code: 'KEYRING_MISSING',
    message: `expected Debian's archive keys in ${named ?? join(dir, 'debian-archive-*')}, found none; install the package debian-archive-keyring, or name a keyring in SEAWORTHY_DEBIAN_KEYRING`,
  });
}

/** The same keys as one binary keyring, for who has none: a job in a container. Refuses with KEYRING_MISSING. */
export async function archiveKeyring(options?: Parameters<typeof loadKeyring>[0]): Promise<Buffer> {
  return Buffer.concat((await loadKeyring(options)).map((key) => key.write()));
}

/** Keys that Debian has withdrawn are shipped beside the valid ones: they must verify nothing. */
function isArchiveKeyring(name: string): boolean {
  return /^debian-archive-.*\.(gpg|pgp|asc)$/.test(name) && !name.includes('removed');
}

async function readKeyFile(file: string): Promise<PublicKey[]> {
  const bytes = await readFile(file);
  const text = bytes.toString('latin1');
  if (text.startsWith('-----BEGIN')) return readKeys({ armoredKeys: text });
  return readKeys({ binaryKeys: bytes });
}
