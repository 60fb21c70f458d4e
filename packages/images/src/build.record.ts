import { createHash } from 'node:crypto';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tier } from '@seaworthy/contracts';
import { OciLayout } from '@seaworthy/oci';
import type { Digest } from '@seaworthy/oci';
import type { PinnedNpmPackage } from './cache/npm.tarball.ts';
import type { ImageDeclaration } from './declaration/image.declaration.ts';
import type { Architecture } from './declaration/image.schema.ts';
import type { LockedIndex, LockedPackage } from './lock/lock.schema.ts';

/** An image that lies complete in its layout. */
export interface BuiltImage {
  name: string;
  tier: Tier;
  arch: Architecture;
  layoutDir: string;
  manifestDigest: Digest;
  /** The id that an engine gives it. */
  configDigest: Digest;
  /** Debian packages, the parents' first. */
  packages: { name: string; version: string; arch: string; source: string; path: string; sha256: string }[];
  /** npm packages whose files were taken, the parents' first. */
  npm: PinnedNpmPackage[];
  /** `local`: a locked package had left the archive, and this machine resolved anew. */
  lockSource: 'repository' | 'local';
  indexes: LockedIndex[];
  parent?: { name: string; manifestDigest: Digest };
}

const RECORD_FILE = 'build.json';

/** What was built under this key, if it is there, and all of it; outDir may have been moved since. */
export async function readBuilt(layoutDir: string, key: string): Promise<BuiltImage | undefined> {
  try {
    const record = JSON.parse(await readFile(join(layoutDir, RECORD_FILE), 'utf8')) as {
      key: string;
      image: Omit<BuiltImage, 'layoutDir'>;
    };
    if (record.key !== key || !(await isWhole(layoutDir, record.image.manifestDigest))) return undefined;
    return { ...record.image, layoutDir };
  } catch {
    return undefined;
  }
}

/**
 * Whether what the record names is there: manifest and configuration to the last byte, of layers as many bytes as they must have. A power cut
 * leaves files that are short or empty. Whole layers are hashed by whoever loads or publishes them.
 */
async function isWhole(layoutDir: string, manifestDigest: Digest): Promise<boolean> {
  const layout = await OciLayout.open(layoutDir);
  const { descriptor, json } = await layout.manifest();
  await layout.config();
  const sizes = await Promise.all(json.layers.map(async ({ digest }) => (await stat(layout.blobPath(digest))).size));
  return descriptor.digest === manifestDigest && json.layers.every(({ size }, index) => sizes[index] === size);
}

/** Written last: a layout with a record is a complete one. */
export async function writeBuilt(dir: string, key: string, image: BuiltImage): Promise<void> {
  const { layoutDir: _, ...rest } = image;
  await writeFile(join(dir, RECORD_FILE), `${JSON.stringify({ key, image: rest })}\n`);
}

/** Hash of everything that the image depends on: declaration, files, packages, parent, and the assembler itself. */
export async function buildKey(inputs: {
  declaration: ImageDeclaration;
  packages: readonly LockedPackage[];
  npm: readonly PinnedNpmPackage[];
  arch: Architecture;
  parentManifest: string | undefined;
}): Promise<string> {
  const { declaration, packages, npm, arch, parentManifest } = inputs;
  const files = [...declaration.contents].map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]);
  const hashes = packages.map(({ name, sha256 }) => [name, sha256]);
  const text = JSON.stringify([
    await assemblerVersion(),
    process.versions.zlib,
    arch,
    declared(declaration),
    files,
    hashes,
    npm,
    parentManifest,
  ]);
  return createHash('sha256').update(text).digest('hex');
}

/** What it and its ancestors say, wherever they lie. */
function declared({ dir: _dir, contents: _contents, parentDeclaration, ...own }: ImageDeclaration): object {
  return { ...own, ...(parentDeclaration && { inherited: declared(parentDeclaration) }) };
}

let assembler: Promise<string> | undefined;

/** The assembler's own source is an input too: whoever changes it need not remember to count a version up. */
export async function assemblerVersion(): Promise<string> {
  assembler ??= (async () => {
    const hash = createHash('sha256');
    const files = (await readdir(import.meta.dirname, { recursive: true })).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
    );
    for (const file of files.toSorted()) hash.update(`${file}\0`).update(await readFile(join(import.meta.dirname, file)));
    return hash.digest('hex');
  })();
  return assembler;
}
