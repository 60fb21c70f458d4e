import { readFile } from 'node:fs/promises';
import type { PublicKey } from 'openpgp';
import { z } from 'zod';
import { compareDebianVersions } from '../archive/debian-version.ts';
import { DebianArchive } from '../archive/debian.archive.ts';
import { findMirrors, type Mirrors } from '../archive/mirrors.ts';
import { ContentCache } from '../cache/content.cache.ts';
import { ensurePackages } from '../cache/packages.download.ts';
import type { Architecture } from '../declaration/image.schema.ts';
import { openDeb } from '../deb/deb.ts';
import { ImageError } from '../errors.ts';
import { lockSchema, type LockedPackage } from '../lock/lock.schema.ts';

const programLock = z.strictObject({ package: z.string(), file: z.string(), packages: lockSchema.shape.packages });

export interface DebianProgram {
  readonly bytes: Buffer;
  readonly version: string;
  /** `archive`: the locked one had left the mirror, so it was resolved anew from the signed index */
  readonly source: 'lock' | 'archive';
}

/**
 * One program out of one Debian package, for use on this machine: locked by version and sha256 in a file beside the images' locks,
 * extracted and never installed. A version that a fix has superseded is replaced by the signed archive's present one, never by an older one.
 */
export async function fetchDebianProgram(options: {
  lockFile: string;
  arch: Architecture;
  cacheDir: string;
  mirrors?: Mirrors;
  /** whose signatures count; Debian's without it */
  keyring?: PublicKey[];
}): Promise<DebianProgram> {
  const lock = programLock.parse(JSON.parse(await readFile(options.lockFile, 'utf8')));
  const cache = new ContentCache(options.cacheDir);
  const mirrors = async (): Promise<Mirrors> => options.mirrors ?? findMirrors();
  const locked = lock.packages[options.arch][0];
  if (locked) {
    try {
      return { bytes: await open(locked), version: locked.version, source: 'lock' };
    } catch (error) {
      if (!(error instanceof ImageError) || error.code !== 'PACKAGE_GONE') throw error;
    }
  }
  const archive = new DebianArchive({ cache, mirrors: await mirrors(), ...(options.keyring && { keyring: options.keyring }) });
  const found = (await archive.packages(options.arch)).find(lock.package);
  if (!found)
    throw new ImageError({
      code: 'PACKAGE_UNRESOLVED',
      message: `expected ${lock.package} in the signed archive, found none; use a mirror that carries trixie's main archive`,
    });
  if (locked && compareDebianVersions(found.version, locked.version) < 0)
    throw new ImageError({
      code: 'INDEX_OLDER',
      message: `expected ${lock.package} ${locked.version} or its successor, found ${found.version}; the mirror shows an old archive: use another`,
    });
  return { bytes: await open(found), version: found.version, source: 'archive' };

  async function open(one: LockedPackage): Promise<Buffer> {
    await ensurePackages({ packages: [one], cache, mirrors });
    const deb = await cache.read(one.sha256);
    const file = deb && (await openDeb(deb)).files.find(({ path }) => path === lock.file);
    if (!file)
      throw new ImageError({ code: 'PACKAGE_MALFORMED', message: `expected ${lock.file} in ${one.name} ${one.version}, found none` });
    return file.data;
  }
}
