import type { DebianArchive } from '../archive/debian.archive.ts';
import { resolveClosure } from '../archive/resolver.ts';
import { effective } from '../declaration/effective.ts';
import type { ImageDeclaration } from '../declaration/image.declaration.ts';
import type { Architecture } from '../declaration/image.schema.ts';
import { ImageError } from '../errors.ts';
import type { ImageLock, LockedIndex, LockedPackage } from './lock.schema.ts';

/** Locks one architecture: the closure of the image's packages, on top of what its ancestors' locks hold. */
export async function resolvePackages(options: {
  declaration: ImageDeclaration;
  archive: DebianArchive;
  arch: Architecture;
  inherited: readonly Pick<LockedPackage, 'name' | 'version'>[];
}): Promise<LockedPackage[]> {
  const { declaration, archive, arch, inherited } = options;
  if (declaration.packages.length === 0) return [];
  const candidates = resolveClosure({
    index: await archive.packages(arch),
    wanted: declaration.packages,
    exclude: Object.keys(effective(declaration).exclude),
    inherited: new Map(inherited.map(({ name, version }) => [name, version])),
  });
  return candidates.map(({ name, version, source, archive: from, path, sha256, size }) => ({
    name,
    version,
    source,
    archive: from,
    path,
    sha256,
    size,
  }));
}

/**
 * The indexes that an archive's answers come from, as a lock records them.
 * @throws ImageError INDEX_OLDER: than those that the lock before was made from. An old index is signed as well, and has no fixes.
 */
export async function lockedIndexes(archive: DebianArchive, before: ImageLock | undefined): Promise<LockedIndex[]> {
  const indexes = (await archive.releases()).map(({ suite, date, sha256 }) => ({ suite, date, sha256 }));
  for (const { suite, date } of indexes) {
    const seen = before?.indexes.find((one) => one.suite === suite)?.date;
    if (seen === undefined || seen <= date) continue;
    throw new ImageError({
      code: 'INDEX_OLDER',
      message: `${suite}: expected an index no older than ${seen}, which the lock was made from, found one of ${date}; the mirror lags behind: wait, or use another`,
    });
  }
  return indexes;
}
