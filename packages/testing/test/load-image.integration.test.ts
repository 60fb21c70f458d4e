import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { OwnImages } from '@seaworthy/images';
import { digestOf, MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import { engine, loadImage, REPOSITORY_ROOT } from '../src/index.ts';

describe('loadImage', () => {
  it('notes what it brings into the engine, so that npm run clean removes it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seaworthy-load-'));
    try {
      const layout = await OciLayout.create(folder);
      const tar = Buffer.alloc(1024); // the end of an archive, and nothing before it
      const layer = await layout.writeBlob(gzipSync(tar), { mediaType: MEDIA_TYPES.layerGzip });
      const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
      const image = { architecture: 'amd64', os: 'linux', config: { Labels: { id: randomUUID() } }, rootfs };
      const config = await layout.writeJson(image, MEDIA_TYPES.imageConfig);
      const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers: [layer] };
      await layout.setRef('main', await layout.writeJson(manifest, MEDIA_TYPES.imageManifest));
      const id = await loadImage(folder, config.digest);
      await engine.getImage(id).remove();
      expect(new OwnImages({ sharedDir: join(REPOSITORY_ROOT, '.seaworthy') }).list()).toContain(config.digest);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
