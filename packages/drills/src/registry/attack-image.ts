import { mkdtemp, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { digestOf, MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import type { Descriptor, Digest, ImageConfig, RegistryClient } from '@seaworthy/oci';
import { pack } from 'tar-stream';

/** An attacker's image: the platform's own node image and a program of his on top, which prints `marker` and stays. */
export interface AttackImage {
  readonly marker: string;
  readonly descriptor: Descriptor;
  /** configuration and layers: what must not be downloaded */
  readonly blobs: readonly Digest[];
}

/**
 * Builds an attacker's image and pushes it with whatever rights `registry` has. It is another one each time, unless the drill says what
 * its program prints: then a registry that has it already keeps nothing more.
 */
export async function pushAttackImage(
  registry: RegistryClient,
  nodeLayoutDir: string,
  { repository, tag, marker = `attack-${randomUUID()}` }: { repository: string; tag: string; marker?: string },
): Promise<AttackImage> {
  const parent = await OciLayout.open(nodeLayoutDir);
  const { json: manifest } = await parent.manifest();
  const { json: config } = await parent.config();
  const dir = await mkdtemp(join(tmpdir(), 'attack-'));
  try {
    const layout = await OciLayout.create(dir);
    for (const layer of manifest.layers) await layout.writeBlob(parent.blobStream(layer), { expected: layer });
    const tar = await programLayer(marker);
    const layer = await layout.writeBlob(gzipSync(tar), { mediaType: MEDIA_TYPES.layerGzip });
    const layers = [...manifest.layers, layer];
    const attackConfig = await layout.writeJson(programConfig(config, tar), MEDIA_TYPES.imageConfig);
    await layout.setRef(tag, await layout.writeJson({ ...manifest, layers, config: attackConfig }, MEDIA_TYPES.imageManifest));
    const descriptor = await registry.pushLayout(layout, repository, tag);
    return { marker, descriptor, blobs: [attackConfig.digest, ...layers.map(({ digest }) => digest)] };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** What the attacker's program is: it proves that it ran, and does nothing else. */
async function programLayer(marker: string): Promise<Buffer> {
  const tar = pack();
  tar.entry(
    { name: 'app/attack.js', mode: 0o644, mtime: new Date(0) },
    `console.log(${JSON.stringify(marker)}); setInterval(() => {}, 60_000);\n`,
  );
  tar.finalize();
  return buffer(tar);
}

function programConfig(parent: ImageConfig, tar: Buffer): ImageConfig {
  return {
    ...parent,
    config: { ...parent.config, Entrypoint: ['/usr/bin/node', '/app/attack.js'], Cmd: [] },
    rootfs: { type: 'layers', diff_ids: [...parent.rootfs.diff_ids, digestOf(tar)] },
    history: [],
  };
}
