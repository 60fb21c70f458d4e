import { join } from 'node:path';
import { DebianArchive } from './archive/debian.archive.ts';
import type { Mirrors } from './archive/mirrors.ts';
import { buildImage } from './build.image.ts';
import { inOrder } from './build.order.ts';
import type { BuildOptions } from './build.image.ts';
import type { BuiltImage } from './build.record.ts';
import { ContentCache } from './cache/content.cache.ts';
import { requireContract } from './contract/contract.record.ts';
import { ancestors, loadImageDeclarations } from './declaration/image.declaration.ts';
import type { ImageDeclaration } from './declaration/image.declaration.ts';
import { ImageError } from './errors.ts';
import { checkLock, updateLock } from './lock/lock.update.ts';
import type { LockChange } from './lock/lock.update.ts';

/** While one image is being compressed, in a thread of its own, others are unpacked. */
const PARALLEL_BUILDS = 3;

export interface LockOptions {
  imagesDir: string;
  cacheDir: string;
  /** Names of images; without any: all. */
  names?: readonly string[];
  mirror?: Mirrors;
  archive?: DebianArchive;
  onImage?: (change: LockChange) => void;
}

/** Names of all images, parents before their children. */
export async function listImages(imagesDir: string): Promise<string[]> {
  return (await loadImageDeclarations(imagesDir)).map(({ name }) => name);
}

/** Rewrites the locks of the named images (or all) from the signed archive, parents first. */
export async function updateImages(options: LockOptions): Promise<LockChange[]> {
  return eachLock(options, updateLock);
}

/** Compares the locks with the signed archive; fails with LOCK_STALE, naming every image that differs. */
export async function checkImages(options: LockOptions): Promise<LockChange[]> {
  const stale: string[] = [];
  const changes = await eachLock(options, async (declaration, archive) => {
    try {
      return await checkLock(declaration, archive);
    } catch (error) {
      if (!(error instanceof ImageError) || error.code !== 'LOCK_STALE') throw error;
      stale.push(error.message);
      return { name: declaration.name, changes: [error.message] };
    }
  });
  if (stale.length > 0) throw new ImageError({ code: 'LOCK_STALE', message: stale.join('\n') });
  return changes;
}

/** Builds the named images (or all), parents first, and holds each against its contract. */
export async function buildImages(
  options: Omit<BuildOptions, 'name'> & { names?: readonly string[]; onImage?: (image: BuiltImage) => void },
): Promise<BuiltImage[]> {
  const declarations = select(await loadImageDeclarations(options.imagesDir), options.names);
  const archive = options.archive ?? openArchive(options);
  return inOrder(declarations, PARALLEL_BUILDS, async (name) => {
    const image = await buildImage({ ...options, name, archive });
    await requireContract(image, join(options.imagesDir, name));
    options.onImage?.(image);
    return image;
  });
}

async function eachLock(
  options: LockOptions,
  work: (declaration: ImageDeclaration, archive: DebianArchive) => Promise<LockChange>,
): Promise<LockChange[]> {
  const archive = options.archive ?? openArchive(options);
  const results: LockChange[] = [];
  for (const declaration of select(await loadImageDeclarations(options.imagesDir), options.names)) {
    const change = await work(declaration, archive);
    results.push(change);
    options.onImage?.(change);
  }
  return results;
}

function openArchive({ cacheDir, mirror }: { cacheDir: string; mirror?: Mirrors }): DebianArchive {
  return new DebianArchive({ cache: new ContentCache(join(cacheDir)), ...(mirror && { mirrors: mirror }) });
}

/** The named images with their ancestors, which they cannot do without. */
function select(all: ImageDeclaration[], names: readonly string[] | undefined): ImageDeclaration[] {
  if (!names || names.length === 0) return all;
  const unknown = names.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) {
    throw new ImageError({
      code: 'DECLARATION_INVALID',
      message: `expected names of images (${all.map(({ name }) => name).join(', ')}), found ${unknown.join(', ')}`,
    });
  }
  const wanted = new Set(
    all.filter(({ name }) => names.includes(name)).flatMap((one) => [one.name, ...ancestors(one).map(({ name }) => name)]),
  );
  return all.filter(({ name }) => wanted.has(name));
}
