import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DebianArchive } from '../archive/debian.archive.ts';
import type { BuiltImage } from '../build.record.ts';
import type { ImageDeclaration } from '../declaration/image.declaration.ts';
import type { Architecture } from '../declaration/image.schema.ts';
import { lockedIndexes, resolvePackages } from './lock.resolve.ts';
import { formatLock, loadLock, lockSchema } from './lock.schema.ts';
import type { ImageLock, LockedIndex, LockedPackage } from './lock.schema.ts';

export interface SelectedPackages {
  packages: LockedPackage[];
  indexes: LockedIndex[];
  lockSource: 'repository' | 'local';
}

/** A lock that this machine made, in place of the repository's of exactly that content. */
const localLock = lockSchema.extend({ replaces: z.string() });

interface SelectOptions {
  declaration: ImageDeclaration;
  archive: DebianArchive;
  arch: Architecture;
  parent: BuiltImage | undefined;
  localLocksDir: string;
  /** A package of the lock has left the archive: resolve anew, and keep the answer as a local lock. */
  anew?: boolean;
}

/**
 * The packages to build from: the repository's lock, or the local one that had to replace it. When the repository's lock changes, the
 * local one ends. A child of an image with a local lock gets one too, since its packages must fit its parent's.
 */
export async function selectPackages(options: SelectOptions): Promise<SelectedPackages> {
  const { declaration, arch, parent, anew = false } = options;
  const lock = await loadLock(declaration.dir, declaration.name);
  const replaces = await fingerprint(declaration, parent, lock);
  const local = anew ? undefined : await readLocal(options, replaces);
  if (local) return { packages: local.packages[arch], indexes: local.indexes, lockSource: 'local' };
  if (!anew && parent?.lockSource !== 'local') return { packages: lock.packages[arch], indexes: lock.indexes, lockSource: 'repository' };
  return resolveAnew(options, lock, replaces);
}

async function resolveAnew(options: SelectOptions, lock: ImageLock, replaces: string): Promise<SelectedPackages> {
  const { declaration, archive, arch, parent, localLocksDir } = options;
  const indexes = await lockedIndexes(archive, lock);
  const packages = await resolvePackages({ declaration, archive, arch, inherited: parent?.packages ?? [] });
  const file = localFile(options);
  await mkdir(localLocksDir, { recursive: true });
  const content = { ...lock, indexes, packages: { ...lock.packages, [arch]: packages }, replaces };
  await writeFile(`${file}.partial`, formatLock(content));
  await rename(`${file}.partial`, file);
  return { packages, indexes, lockSource: 'local' };
}

async function readLocal(options: SelectOptions, replaces: string): Promise<z.infer<typeof localLock> | undefined> {
  try {
    const local = localLock.parse(JSON.parse(await readFile(localFile(options), 'utf8')));
    return local.replaces === replaces ? local : undefined;
  } catch {
    return undefined;
  }
}

async function fingerprint(declaration: ImageDeclaration, parent: BuiltImage | undefined, lock: ImageLock): Promise<string> {
  const { packages, exclude } = declaration;
  const below = parent?.lockSource === 'local' ? parent.packages.map(({ name, version }) => [name, version]) : [];
  return createHash('sha256')
    .update(JSON.stringify([lock.packages, packages, exclude, below]))
    .digest('hex');
}

function localFile({ declaration, localLocksDir }: SelectOptions): string {
  return join(localLocksDir, `${declaration.name}.json`);
}
