import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { extract } from 'tar-stream';

import { digestOf, dockerArchiveOfLayout, hexOf, MEDIA_TYPES, OciLayout } from '../src/index.ts';

const LAYER = gzipSync('a layer');

describe('OciLayout', () => {
  let dir: string;
  let layout: OciLayout;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'oci-layout-'));
    layout = await OciLayout.create(dir);
  });

  afterEach(async () => rm(dir, { recursive: true }));

  async function addImage(name: string, layers = [LAYER]) {
    const stored = await Promise.all(layers.map(async (bytes) => layout.writeBlob(bytes, { mediaType: MEDIA_TYPES.layerGzip })));
    const diffIds = layers.map(() => digestOf('a layer'));
    const config = await layout.writeJson(
      { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } },
      MEDIA_TYPES.imageConfig,
    );
    const manifest = await layout.writeJson(
      { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers: stored },
      MEDIA_TYPES.imageManifest,
    );
    await layout.setRef(name, manifest);
    return { manifest, config, layers: stored };
  }

  describe('when an image was written', () => {
    it('is found by name, by digest and, alone, without either', async () => {
      const { manifest, config } = await addImage('main');
      const again = await OciLayout.open(dir);
      for (const reference of ['main', manifest.digest, undefined]) {
        expect((await again.manifest(reference)).descriptor).toEqual(manifest);
      }
      expect((await again.config()).descriptor).toEqual(config);
    });
  });

  describe('when a name is set again', () => {
    it('points to the new image only', async () => {
      await addImage('main');
      const { manifest } = await addImage('main', [gzipSync('another')]);
      expect((await layout.manifest('main')).descriptor.digest).toBe(manifest.digest);
      expect((await layout.index()).manifests).toHaveLength(1);
    });
  });

  describe('when nothing is there', () => {
    it('says NOT_FOUND', async () => {
      await expect(layout.manifest('main')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(layout.readBlob(digestOf('nothing'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(buffer(layout.blobStream({ digest: digestOf('nothing'), size: 1 }))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(OciLayout.open(join(dir, 'elsewhere'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('when a blob was altered on disk', () => {
    it('refuses it with DIGEST_MISMATCH, whole and as a stream', async () => {
      const { layers } = await addImage('main');
      await writeFile(layout.blobPath(layers[0]!.digest), Buffer.alloc(LAYER.length));
      await expect(layout.readBlob(layers[0]!.digest)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
      await expect(buffer(layout.blobStream(layers[0]!))).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    });
  });

  describe('when a stream turns out to be other bytes than expected', () => {
    it('stores nothing', async () => {
      const expected = { digest: digestOf('good'), size: 4 };
      await expect(layout.writeBlob(Readable.from([Buffer.from('evil')]), { expected })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
      await expect(layout.hasBlob(expected.digest)).resolves.toBe(false);
    });
  });

  describe('when a digest tries to be a path', () => {
    it('refuses with MALFORMED', () => {
      expect(() => layout.blobPath('sha256:../../etc/passwd')).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
    });
  });

  describe('docker archive', () => {
    it('names configuration and layers in order, holds each content once, and is the same every time', async () => {
      const { config, layers } = await addImage('main', [LAYER, LAYER]);
      const { archive, imageId } = await dockerArchiveOfLayout(layout, 'main', ['test:1']);
      const bytes = await buffer(archive);
      const again = await buffer((await dockerArchiveOfLayout(layout, 'main', ['test:1'])).archive);
      const files = await unpack(bytes);
      const layerFile = `${hexOf(layers[0]!.digest)}/layer.tar`;
      expect(imageId).toBe(config.digest);
      expect(bytes.equals(again)).toBe(true);
      expect([...files.keys()]).toEqual(['manifest.json', `${hexOf(config.digest)}.json`, layerFile]);
      expect(JSON.parse(files.get('manifest.json')!.toString())).toEqual([
        { Config: `${hexOf(config.digest)}.json`, RepoTags: ['test:1'], Layers: [layerFile, layerFile] },
      ]);
      expect(files.get(layerFile)).toEqual(LAYER);
    });

    it('breaks off when a layer was altered', async () => {
      const { layers } = await addImage('main');
      await writeFile(layout.blobPath(layers[0]!.digest), Buffer.alloc(LAYER.length));
      const { archive } = await dockerArchiveOfLayout(layout, 'main');
      await expect(buffer(archive)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    });
  });
});

async function unpack(tar: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const entries = extract();
  entries.end(tar);
  for await (const entry of entries) files.set(entry.header.name, await buffer(entry));
  return files;
}
