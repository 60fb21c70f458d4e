import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';

import type { Descriptor } from './descriptor.ts';
import { digestOf, hexOf } from './digest.ts';
import type { OciLayout } from './layout.ts';

export type ArchivedImage = {
  /** the image configuration's bytes; their digest is the image's id in the engine */
  config: Uint8Array;
  layers: { descriptor: Descriptor; stream: () => Readable }[];
};

/**
 * A tar that `docker load` (20.10 and later) takes: manifest.json, the configuration, and the layers as they are; gzip ones are
 * unpacked by the engine. The engine compares each layer with the configuration's `diff_ids`, so what it loads is what was verified.
 *
 * @param tags full references to set, for instance `seaworthy-dev/toolbox:latest`; none is safest: run by id.
 */
export function dockerArchive(image: ArchivedImage, tags: string[] = []): Readable {
  const archive = pack();
  fill(archive, image, tags).then(
    () => archive.finalize(),
    (error: Error) => archive.destroy(error),
  );
  return Readable.from(archive);
}

/** The archive of one image of a layout, and the id that the engine will give it. */
export async function dockerArchiveOfLayout(
  layout: OciLayout,
  reference?: string,
  tags: string[] = [],
): Promise<{ archive: Readable; imageId: string }> {
  const { json: manifest } = await layout.manifest(reference);
  const config = await layout.readBlob(manifest.config.digest);
  const layers = manifest.layers.map((descriptor) => ({ descriptor, stream: () => layout.blobStream(descriptor) }));
  return { archive: dockerArchive({ config, layers }, tags), imageId: manifest.config.digest };
}

async function fill(archive: Pack, { config, layers }: ArchivedImage, tags: string[]): Promise<void> {
  const configName = `${hexOf(digestOf(config))}.json`;
  const layerNames = layers.map(({ descriptor }) => `${hexOf(descriptor.digest)}/layer.tar`);
  const manifest = [{ Config: configName, RepoTags: tags, Layers: layerNames }];

  await addBytes(archive, 'manifest.json', Buffer.from(JSON.stringify(manifest)));
  await addBytes(archive, configName, Buffer.from(config));
  const written = new Set<string>();
  for (const [position, { descriptor, stream }] of layers.entries()) {
    const name = layerNames[position]!;
    if (written.has(name)) continue;
    written.add(name);
    await pipeline(stream(), archive.entry({ ...plainFile(name), size: descriptor.size }));
  }
}

async function addBytes(archive: Pack, name: string, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    archive.entry(plainFile(name), bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Fixed metadata: the same image gives the same archive. */
function plainFile(name: string): { name: string; mode: number; mtime: Date } {
  return { name, mode: 0o644, mtime: new Date(0) };
}
