import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pack } from 'tar-stream';
import { exportDockerArchive, importDockerArchive } from '../src/index.ts';

const layer = Buffer.from('not looked into');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const config = (diffIds: string[]): string =>
  JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } });
const saved = (...images: object[]): string => JSON.stringify(images);

describe('importDockerArchive', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seaworthy-import-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const archive = async (files: Record<string, string | Buffer | { link: string }>): Promise<string> => {
    const writer = pack();
    for (const [name, content] of Object.entries(files)) {
      if (typeof content === 'object' && 'link' in content) writer.entry({ name, type: 'symlink', linkname: content.link });
      else writer.entry({ name }, content);
    }
    writer.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of writer) chunks.push(chunk as Buffer);
    await writeFile(join(folder, 'image.tar'), Buffer.concat(chunks));
    return join(folder, 'image.tar');
  };
  const importIt = (file: string): ReturnType<typeof importDockerArchive> => importDockerArchive(file, join(folder, 'layout'));
  const image = { Config: 'c.json', Layers: ['a/layer.tar'] };

  it('keeps the configuration byte by byte, and nothing that no manifest names', async () => {
    const text = config([`sha256:${sha256(layer)}`]);
    const file = await archive({ 'manifest.json': saved(image), 'c.json': text, 'a/layer.tar': layer, '../../outside': 'x' });
    const { configDigest } = await importIt(file);
    expect(configDigest).toBe(`sha256:${sha256(Buffer.from(text))}`);
    expect(await readdir(join(folder, 'layout/blobs/sha256'))).toHaveLength(3);
    expect((await readdir(folder)).toSorted((one, other) => (one < other ? -1 : 1))).toEqual(['image.tar', 'layout']);
  });

  it('reads what is exported, which the engine is to call by the names that were asked for', async () => {
    const text = config([`sha256:${sha256(layer)}`]);
    const { layoutDir, configDigest } = await importIt(
      await archive({ 'manifest.json': saved(image), 'c.json': text, 'a/layer.tar': layer }),
    );
    const exported = await exportDockerArchive(layoutDir, ['seaworthy-dev/node:latest']);
    const bytes = await buffer(exported.archive);
    expect(exported.imageId).toBe(configDigest);
    expect(bytes.toString('latin1')).toContain('"RepoTags":["seaworthy-dev/node:latest"]');
    const file = join(folder, 'exported.tar');
    await writeFile(file, bytes);
    await expect(importDockerArchive(file, join(folder, 'again'))).resolves.toMatchObject({ configDigest });
  });

  it('follows the links by which older engines name a layer twice', async () => {
    const text = config([`sha256:${sha256(layer)}`, `sha256:${sha256(layer)}`]);
    const twice = { ...image, Layers: ['a/layer.tar', 'b/layer.tar'] };
    const file = await archive({
      'manifest.json': saved(twice),
      'c.json': text,
      'a/layer.tar': layer,
      'b/layer.tar': { link: '../a/layer.tar' },
    });
    await expect(importIt(file)).resolves.toMatchObject({ layoutDir: join(folder, 'layout') });
  });

  describe('when a layer is not what the configuration says', () => {
    it('refuses with ARCHIVE_MALFORMED', async () => {
      const file = await archive({ 'manifest.json': saved(image), 'c.json': config([`sha256:${'0'.repeat(64)}`]), 'a/layer.tar': layer });
      await expect(importIt(file)).rejects.toMatchObject({ code: 'ARCHIVE_MALFORMED' });
    });
  });

  describe('when there are two images', () => {
    it('refuses with ARCHIVE_MALFORMED', async () => {
      const file = await archive({ 'manifest.json': saved(image, image), 'c.json': config([]), 'a/layer.tar': layer });
      await expect(importIt(file)).rejects.toMatchObject({ code: 'ARCHIVE_MALFORMED' });
    });
  });

  describe('when it is no image at all', () => {
    it('refuses with ARCHIVE_MALFORMED', async () => {
      await expect(importIt(await archive({ 'readme.txt': 'hello' }))).rejects.toMatchObject({ code: 'ARCHIVE_MALFORMED' });
    });
  });
});
