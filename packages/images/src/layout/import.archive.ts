import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { MEDIA_TYPES, OciLayout, parseImageConfig } from '@seaworthy/oci';
import type { Descriptor, Digest } from '@seaworthy/oci';
import { extract } from 'tar-stream';
import { z } from 'zod';
import { decompress } from '../deb/decompress.ts';
import { ImageError } from '../errors.ts';

const savedManifest = z.array(z.object({ Config: z.string(), Layers: z.array(z.string()) })).length(1, 'must hold one image');

export interface ImportedImage {
  layoutDir: string;
  manifestDigest: Digest;
  configDigest: Digest;
}

/**
 * Brings in an image that `docker save` wrote (20.10 and later), as an OCI layout: the way in for images that a Dockerfile built. Every
 * layer must be what the configuration's `diff_ids` say. Nothing is run; hold the layout against a contract afterwards (verifyContract).
 */
export async function importDockerArchive(file: string, layoutDir: string): Promise<ImportedImage> {
  await rm(layoutDir, { recursive: true, force: true });
  const layout = await OciLayout.create(layoutDir);
  const files = await takeIn(file, layout);
  const saved = parseSaved(await read(layout, files, 'manifest.json'));
  const configBytes = await read(layout, files, saved.Config);
  const config = { ...find(files, saved.Config), mediaType: MEDIA_TYPES.imageConfig };
  const layers: Descriptor[] = [];
  const { rootfs } = parseImageConfig(configBytes);
  if (rootfs.diff_ids.length !== saved.Layers.length)
    throw malformed(`${rootfs.diff_ids.length} layers, as the configuration says`, String(saved.Layers.length));
  for (const [position, path] of saved.Layers.entries()) {
    const layer = find(files, path);
    layers.push({ ...layer, mediaType: await layerType(layout, layer, rootfs.diff_ids[position]) });
  }
  const manifest = await layout.writeJson(
    { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers },
    MEDIA_TYPES.imageManifest,
  );
  await layout.setRef('latest', manifest);
  const wanted = new Set([config, manifest, ...layers].map(({ digest }) => digest));
  for (const { digest } of files.values()) if (!wanted.has(digest)) await rm(layout.blobPath(digest), { force: true });
  return { layoutDir, manifestDigest: manifest.digest, configDigest: config.digest };
}

function parseSaved(bytes: Buffer): { Config: string; Layers: string[] } {
  try {
    const [saved] = savedManifest.parse(JSON.parse(bytes.toString('utf8')));
    if (saved) return saved;
  } catch (cause) {
    throw malformed('one image in manifest.json', cause instanceof Error ? cause.message : String(cause));
  }
  throw malformed('one image in manifest.json', 'none');
}

/** Stores every file of the archive by its digest; no path of the archive ever becomes one of the disk. */
async function takeIn(file: string, layout: OciLayout): Promise<Map<string, Descriptor>> {
  const files = new Map<string, Descriptor>();
  const links = new Map<string, string>();
  for await (const entry of createReadStream(file).pipe(extract())) {
    const { name, type, linkname } = entry.header;
    const path = posix.normalize(name);
    if (type === 'file') files.set(path, await layout.writeBlob(Readable.from(entry)));
    else if (linkname) links.set(path, posix.join(type === 'link' ? '' : posix.dirname(path), linkname));
    entry.resume();
  }
  // older engines write a layer that occurs twice as a link
  for (const [path, target] of links) {
    const descriptor = files.get(target);
    if (descriptor) files.set(path, descriptor);
  }
  return files;
}

async function layerType(layout: OciLayout, layer: Descriptor, diffId: Digest | undefined): Promise<string> {
  if (layer.digest === diffId) return MEDIA_TYPES.layerTar;
  const bytes = await layout.readBlob(layer.digest);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const unpacked = isGzip ? await layout.writeBlob(await decompress(bytes, 'layer.gz')) : layer;
  if (isGzip) await rm(layout.blobPath(unpacked.digest), { force: true });
  if (unpacked.digest !== diffId) throw malformed(`a layer ${diffId ?? ''}, as the configuration says`, unpacked.digest);
  return MEDIA_TYPES.layerGzip;
}

async function read(layout: OciLayout, files: ReadonlyMap<string, Descriptor>, path: string): Promise<Buffer> {
  return layout.readBlob(find(files, path).digest);
}

function find(files: ReadonlyMap<string, Descriptor>, path: string): Descriptor {
  const descriptor = files.get(posix.normalize(path));
  if (descriptor) return descriptor;
  throw malformed(`${path} in the archive`, 'no such file; write it with docker save');
}

function malformed(expected: string, found: string): ImageError {
  return new ImageError({ code: 'ARCHIVE_MALFORMED', message: `expected ${expected}, found ${found}` });
}
