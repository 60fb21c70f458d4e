import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebianArchive } from '../archive/debian.archive.ts';
import { ancestors } from '../declaration/image.declaration.ts';
import type { ImageDeclaration } from '../declaration/image.declaration.ts';
import { ARCHITECTURES } from '../declaration/image.schema.ts';
import { ImageError } from '../errors.ts';
import { lockedIndexes, resolvePackages } from './lock.resolve.ts';
import { LOCK_FILE, diffPackages, formatLock, loadLock } from './lock.schema.ts';
import type { ImageLock } from './lock.schema.ts';

export interface LockChange {
  name: string;
  /** Lines of difference, `+` and `-`; empty where the lock is what the archive says. */
  changes: string[];
}

/** Writes the image's lock as the signed archive is today; a lock whose packages are the same is left alone. */
export async function updateLock(declaration: ImageDeclaration, archive: DebianArchive): Promise<LockChange> {
  const { before, after, changes } = await compare(declaration, archive);
  if (!before || changes.length > 0) await writeFile(join(declaration.dir, LOCK_FILE), formatLock(after));
  return { name: declaration.name, changes };
}

/** The twin of updateLock: the same code, which fails with LOCK_STALE on a difference and says what mends it. */
export async function checkLock(declaration: ImageDeclaration, archive: DebianArchive): Promise<LockChange> {
  const { name } = declaration;
  const { changes } = await compare(declaration, archive);
  if (changes.length === 0) return { name, changes };
  throw new ImageError({
    code: 'LOCK_STALE',
    message: `infra/images/${name}/lock.json: expected what the signed archive says, found ${changes.length} differences; run npm run images update ${name}\n${changes.map((line) => `  ${line}`).join('\n')}`,
  });
}

async function compare(
  declaration: ImageDeclaration,
  archive: DebianArchive,
): Promise<{ before: ImageLock | undefined; after: ImageLock; changes: string[] }> {
  const before = await loadLock(declaration.dir, declaration.name).catch(() => undefined);
  const indexes = await lockedIndexes(archive, before);
  const parents = await Promise.all(ancestors(declaration).map((one) => loadLock(one.dir, one.name)));
  const [amd64, arm64] = await Promise.all(
    ARCHITECTURES.map((arch) => resolvePackages({ declaration, archive, arch, inherited: parents.flatMap((lock) => lock.packages[arch]) })),
  );
  const after: ImageLock = { image: declaration.name, indexes, packages: { amd64: amd64 ?? [], arm64: arm64 ?? [] } };
  const none: ImageLock = { ...after, packages: { amd64: [], arm64: [] } };
  return { before, after, changes: diffPackages(before ?? none, after) };
}
