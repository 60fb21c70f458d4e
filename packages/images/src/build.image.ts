import { copyFile, link, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import type { Descriptor, Digest, ImageConfig } from '@seaworthy/oci';
import { DebianArchive } from './archive/debian.archive.ts';
import { findMirrors } from './archive/mirrors.ts';
import type { Mirrors } from './archive/mirrors.ts';
import { assemble } from './assemble/assemble.ts';
import { writeLayer } from './assemble/layer.ts';
import { buildKey, readBuilt, writeBuilt } from './build.record.ts';
import type { BuiltImage } from './build.record.ts';
import { ContentCache } from './cache/content.cache.ts';
import { npmTarball, pinnedNpmPackage } from './cache/npm.tarball.ts';
import type { PinnedNpmPackage } from './cache/npm.tarball.ts';
import { ensurePackages } from './cache/packages.download.ts';
import { loadImageDeclaration } from './declaration/image.declaration.ts';
import type { ImageDeclaration } from './declaration/image.declaration.ts';
import type { Architecture } from './declaration/image.schema.ts';
import { ImageError } from './errors.ts';
import { imageConfig } from './layout/image.config.ts';
import { freshFolder, replaceFolder } from './layout/layout.folder.ts';
import { selectPackages } from './lock/lock.select.ts';
import type { LockedPackage } from './lock/lock.schema.ts';

export interface BuildProgress {
  image: string;
  step: 'download' | 'extract' | 'layer' | 'reused' | 'done';
  /** How many of how many packages, while downloading and extracting. */
  done?: number;
  total?: number;
}

export interface BuildOptions {
  name: string;
  /** The folder of declarations, `infra/images`. */
  imagesDir: string;
  /** Content-addressed cache of packages, `.seaworthy/cache`. */
  cacheDir: string;
  /** Layouts are written to `<outDir>/<name>`. */
  outDir: string;
  arch?: Architecture;
  /** Where locks go that this machine had to make anew; by default `locks` beside outDir. */
  localLocksDir?: string;
  /** The workspace's lock, which pins npm packages; by default that of the repository of imagesDir. */
  npmLockFile?: string;
  mirror?: Mirrors;
  archive?: DebianArchive;
  onProgress?: (progress: BuildProgress) => void;
  /** Told loudly, as when a locked package has left the archive. */
  onWarning?: (message: string) => void;
}

/** Node's name of this machine's architecture in Debian's words. */
export function hostArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

/**
 * Builds an image, its parents first, from lock and cache; what is built already from the same inputs is reused. Executes nothing of what
 * it packs, needs no engine and no privilege, and gives the same digest on every machine.
 */
export async function buildImage(options: BuildOptions): Promise<BuiltImage> {
  return build(await loadImageDeclaration(join(options.imagesDir, options.name)), options);
}

async function build(declaration: ImageDeclaration, options: BuildOptions): Promise<BuiltImage> {
  const { name } = declaration;
  const arch = options.arch ?? hostArchitecture();
  const cache = new ContentCache(options.cacheDir);
  const mirrors = async (): Promise<Mirrors> => options.mirror ?? findMirrors();
  const archive = options.archive ?? new DebianArchive({ cache, ...(options.mirror && { mirrors: options.mirror }) });
  const parent = declaration.parentDeclaration && (await build(declaration.parentDeclaration, { ...options, archive }));
  const npmLockFile = options.npmLockFile ?? resolve(options.imagesDir, '../../package-lock.json');
  const npm = await Promise.all(
    declaration.npm.map(async (one) => pinnedNpmPackage(typeof one.package === 'string' ? one.package : one.package[arch], npmLockFile)),
  );
  const fetchAll = async (packages: readonly LockedPackage[]): Promise<void> => {
    let done = 0;
    const onPackage = (): void => options.onProgress?.({ image: name, step: 'download', done: ++done, total: packages.length });
    await ensurePackages({ packages, cache, mirrors, onPackage });
  };
  const layoutDir = join(options.outDir, name);
  const select = {
    declaration,
    archive,
    arch,
    parent,
    localLocksDir: options.localLocksDir ?? join(dirname(resolve(options.outDir)), 'locks'),
  };
  const keyOf = async (packages: readonly LockedPackage[]): Promise<string> =>
    buildKey({ declaration, packages, npm, arch, parentManifest: parent?.manifestDigest });

  let selected = await selectPackages(select);
  const reused = await readBuilt(layoutDir, await keyOf(selected.packages));
  if (reused) {
    options.onProgress?.({ image: name, step: 'reused' });
    // the same packages may be known from another lock by now
    return { ...reused, lockSource: selected.lockSource, indexes: selected.indexes };
  }
  try {
    await fetchAll(selected.packages);
  } catch (error) {
    if (!(error instanceof ImageError) || error.code !== 'PACKAGE_GONE') throw error;
    options.onWarning?.(
      `${name}: ${error.message}. It is resolved anew from the signed index, for this machine only; the provenance says so`,
    );
    selected = await selectPackages({ ...select, anew: true });
    await fetchAll(selected.packages);
  }

  const built: Omit<BuiltImage, 'layoutDir' | 'manifestDigest' | 'configDigest'> = {
    name,
    tier: declaration.tier,
    arch,
    packages: [
      ...(parent?.packages ?? []),
      ...selected.packages.map(({ name: one, version, source, path, sha256 }) => ({ name: one, version, arch, source, path, sha256 })),
    ],
    npm: [...(parent?.npm ?? []), ...npm],
    lockSource: selected.lockSource,
    indexes: selected.indexes,
    ...(parent && { parent: { name: parent.name, manifestDigest: parent.manifestDigest } }),
  };
  const written = await writeLayout({
    declaration,
    options,
    parent,
    packages: selected.packages,
    npm,
    npmLockFile,
    cache,
    refetch: fetchAll,
    arch,
  });
  const result: BuiltImage = { ...built, layoutDir, ...written.digests };
  await writeBuilt(written.dir, await keyOf(selected.packages), result);
  await replaceFolder(written.dir, layoutDir);
  options.onProgress?.({ image: name, step: 'done' });
  return result;
}

interface LayoutSource {
  declaration: ImageDeclaration;
  options: BuildOptions;
  parent: BuiltImage | undefined;
  packages: readonly LockedPackage[];
  npm: readonly PinnedNpmPackage[];
  npmLockFile: string;
  cache: ContentCache;
  refetch: (packages: readonly LockedPackage[]) => Promise<void>;
  arch: Architecture;
}

async function writeLayout(source: LayoutSource): Promise<{ dir: string; digests: Pick<BuiltImage, 'manifestDigest' | 'configDigest'> }> {
  const { declaration, options, parent, packages, arch } = source;
  const { name } = declaration;
  let done = 0;
  const tree = await assemble(declaration, {
    packages: packages.map((one) => ({ name: one.name, bytes: () => readPackage(one, source) })),
    npm: source.npm.map((pinned) => () => npmTarball(pinned, { cacheDir: options.cacheDir, lockFile: source.npmLockFile })),
    onPackage: () => options.onProgress?.({ image: name, step: 'extract', done: ++done, total: packages.length }),
  });
  options.onProgress?.({ image: name, step: 'layer' });
  const dir = await freshFolder(options.outDir, name);
  const layout = await OciLayout.create(dir);
  const unnamed = join(dir, 'layer.partial');
  const layer = await writeLayer(tree, unnamed);
  await rename(unnamed, layout.blobPath(layer.digest));
  const inherited = parent && (await inherit(parent, layout));
  const config = imageConfig({ declaration, arch, diffIds: [...(inherited?.diffIds ?? []), layer.diffId], inherited: inherited?.config });
  const configDescriptor = await layout.writeJson(config, MEDIA_TYPES.imageConfig);
  const layers: Descriptor[] = [...(inherited?.layers ?? []), { mediaType: MEDIA_TYPES.layerGzip, digest: layer.digest, size: layer.size }];
  const manifest = await layout.writeJson(
    { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config: configDescriptor, layers },
    MEDIA_TYPES.imageManifest,
  );
  await layout.setRef('latest', manifest);
  return { dir, digests: { manifestDigest: manifest.digest, configDigest: configDescriptor.digest } };
}

/** From the cache; a file there that is no longer what its name says has been thrown away, and is fetched again. */
async function readPackage(locked: LockedPackage, { cache, refetch }: LayoutSource): Promise<Buffer> {
  const known = await cache.read(locked.sha256);
  if (known) return known;
  await refetch([locked]);
  const fetched = await cache.read(locked.sha256);
  if (fetched) return fetched;
  throw new ImageError({
    code: 'PACKAGE_ALTERED',
    message: `expected ${locked.name} ${locked.version} in the cache as it was just written, found other content; check the disk, and run the command again`,
  });
}

/** A child's layers begin with its parent's, as the same files (hard links where the disk has them). */
async function inherit(parent: BuiltImage, into: OciLayout): Promise<{ layers: Descriptor[]; diffIds: Digest[]; config: ImageConfig }> {
  const layout = await OciLayout.open(parent.layoutDir);
  const { json: manifest } = await layout.manifest();
  const { json: config } = await layout.config();
  for (const { digest } of manifest.layers) {
    await link(layout.blobPath(digest), into.blobPath(digest)).catch(() => copyFile(layout.blobPath(digest), into.blobPath(digest)));
  }
  return { layers: manifest.layers, diffIds: config.rootfs.diff_ids, config };
}
