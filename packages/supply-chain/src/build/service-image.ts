import { link, copyFile, readFile, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { TIER_LABEL } from '@seaworthy/contracts';
import { MEDIA_TYPES, OciLayout, type Descriptor, type Digest, type ImageConfig } from '@seaworthy/oci';
import type { ServiceCard } from '@seaworthy/policy';
import { BuildError } from './error.ts';
import { precompile } from './precompile.ts';
import { packLayer, readExtraFiles } from './service-layer.ts';

const SERVICE_USER = '65532:65532';

export interface ServiceImageOptions {
  /** holds main.js, as `bundleService` wrote it */
  bundleDir: string;
  card: ServiceCard;
  /** the checkout, to which `card.extraFiles` are relative */
  sourceDir: string;
  /** manifest and configuration suffice; layers that are there are linked into the new layout */
  parent: OciLayout;
  /** becomes an OCI layout; what was there is replaced */
  outDir: string;
}

export interface BuiltServiceImage {
  name: string;
  layoutDir: string;
  manifestDigest: Digest;
  configDigest: Digest;
  /** the service's own layer */
  layer: Descriptor;
  /** bytes of the service's own layer, unpacked */
  layerUnpackedSize: number;
  parent: { name: string; digest: Digest };
}

/**
 * The parent image and one layer with the bundle, compiled. Nothing of it is executed, and nothing of the commit, the clock or the machine goes in:
 * a service that did not change keeps its digest (OCI image-spec 1.1).
 */
export async function buildServiceImage({ bundleDir, card, sourceDir, parent, outDir }: ServiceImageOptions): Promise<BuiltServiceImage> {
  const parentImage = await parent.manifest();
  const parentConfig = await parent.config();
  const { bytes, diffId, unpackedSize } = await packLayer(await serviceFiles(bundleDir, card, sourceDir));

  await rm(outDir, { recursive: true, force: true });
  const layout = await OciLayout.create(outDir);
  for (const layer of parentImage.json.layers) await linkBlob(parent, layout, layer.digest);
  const layer = await layout.writeBlob(bytes, { mediaType: MEDIA_TYPES.layerGzip });
  const config = await layout.writeJson(configOf(parentConfig.json, card, diffId), MEDIA_TYPES.imageConfig);
  const manifest = await layout.writeJson(
    {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.imageManifest,
      config,
      layers: [...parentImage.json.layers, layer],
      annotations: {
        'org.opencontainers.image.base.digest': parentImage.descriptor.digest,
        'org.opencontainers.image.base.name': `release/${card.parent}`,
        'org.opencontainers.image.title': card.name,
      },
    },
    MEDIA_TYPES.imageManifest,
  );
  await layout.setRef(card.name, manifest);
  return {
    name: card.name,
    layoutDir: outDir,
    manifestDigest: manifest.digest,
    configDigest: config.digest,
    layer,
    layerUnpackedSize: unpackedSize,
    parent: { name: card.parent, digest: parentImage.descriptor.digest },
  };
}

async function serviceFiles(bundleDir: string, card: ServiceCard, sourceDir: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const { from, to } of card.extraFiles) {
    for (const [path, content] of await readExtraFiles(resolve(sourceDir, from), to)) files.set(path, content);
  }
  for (const { to } of card.programs) files.set(to, await readFile(join(bundleDir, 'programs', basename(to), 'main.js')));
  const program = await precompile(await readFile(join(bundleDir, 'main.js'), 'latin1'));
  for (const [name, content] of Object.entries(program)) files.set(`/app/${name}`, content);
  // without it Node would parse main.js twice to find out that it is an ES module
  files.set('/app/package.json', Buffer.from('{"type":"module"}\n'));
  return files;
}

function configOf(parent: ImageConfig, card: ServiceCard, diffId: Digest): object {
  if (!parent.rootfs?.diff_ids?.length) {
    throw new BuildError({
      code: 'PARENT_INVALID',
      message: `expected a parent image ${card.parent} with at least one layer, found none; run npm run images build ${card.parent}`,
    });
  }
  return {
    ...parent,
    config: {
      ...parent.config,
      User: SERVICE_USER,
      WorkingDir: '/app',
      Entrypoint: ['/usr/bin/node', '/app/main.js'],
      Cmd: undefined,
      ...(card.ports.length > 0 ? { ExposedPorts: Object.fromEntries(card.ports.map((port) => [`${port}/tcp`, {}])) } : {}),
      Labels: {
        ...parent.config?.Labels,
        'org.opencontainers.image.title': card.name,
        'org.opencontainers.image.description': card.description,
        [TIER_LABEL]: card.tier,
      },
    },
    rootfs: { type: 'layers', diff_ids: [...parent.rootfs.diff_ids, diffId] },
    history: [...(parent.history ?? []), { created: '1970-01-01T00:00:00Z', created_by: `service ${card.name}` }],
  };
}

/** A hard link where the file system allows it: a parent's layers are most of an image. */
async function linkBlob(from: OciLayout, to: OciLayout, digest: Digest): Promise<void> {
  if (!(await from.hasBlob(digest)) || (await to.hasBlob(digest))) return;
  await link(from.blobPath(digest), to.blobPath(digest)).catch(() => copyFile(from.blobPath(digest), to.blobPath(digest)));
}
