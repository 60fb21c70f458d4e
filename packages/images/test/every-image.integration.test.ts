import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import { FileTree } from '../src/assemble/file.tree.ts';
import { writeLayer } from '../src/assemble/layer.ts';
import { readImageFiles } from '../src/contract/image.files.ts';
import { listImages, loadContract, verifyContract } from '../src/index.ts';
import { OTHER_USER, rebuildElsewhere } from './rebuild.fixture.ts';
import type { Rebuilt } from './rebuild.fixture.ts';
import { REPOSITORY, builtImage } from './repository.fixture.ts';

const names = await listImages(REPOSITORY.imagesDir);
const BUILDER = OTHER_USER === undefined ? 'the same user, since only root can become another,' : 'another user';

describe('every image', () => {
  let folder: string;
  let rebuilt: Rebuilt;

  beforeAll(async () => {
    for (const name of names) await builtImage(name);
    folder = await mkdtemp(join(tmpdir(), 'seaworthy-rebuilt-'));
    rebuilt = await rebuildElsewhere(REPOSITORY);
  }, 900_000);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  describe.each(names)('%s', (name) => {
    it('keeps its contract', async () => {
      const { layoutDir } = await builtImage(name);
      expect(await verifyContract(layoutDir, await loadContract(join(REPOSITORY.imagesDir, name)))).toEqual([]);
    });

    it('breaks it with a shell, an account, a setuid file, an owner, an open folder or another user', async () => {
      const layout = await spoilt((await builtImage(name)).layoutDir, join(folder, `spoilt-${name}`), await forbiddenPath(name));
      const violations = await verifyContract(layout, await loadContract(join(REPOSITORY.imagesDir, name)));
      expect(new Set(violations.map(({ code }) => code))).toEqual(new Set(['USER', 'PASSWD', 'ABSENT', 'SETUID', 'OWNER', 'WRITABLE']));
    });

    it(`has the same digest when ${BUILDER} builds it at another path, by another clock`, async () => {
      expect(rebuilt.user).toBe(OTHER_USER ?? process.getuid?.());
      expect(rebuilt.digests[name]).toBe((await builtImage(name)).manifestDigest);
    });
  });

  describe('node', () => {
    it('is at most 1.08 times its node binary', async () => {
      const { files } = await readImageFiles((await builtImage('node')).layoutDir);
      const total = [...files.values()].reduce((sum, { data }) => sum + data.length, 0);
      expect(total / files.get('usr/bin/node')!.data.length).toBeLessThanOrEqual(1.08);
    });
  });
});

async function forbiddenPath(name: string): Promise<string> {
  const [first = '/usr/bin/sh'] = (await loadContract(join(REPOSITORY.imagesDir, name))).absent;
  return first.replaceAll('*', 'x').slice(1);
}

/** The image with one more layer, and root as its user: what a careless Dockerfile would make of it. */
async function spoilt(layoutDir: string, to: string, forbidden: string): Promise<string> {
  await cp(layoutDir, to, { recursive: true });
  const layout = await OciLayout.open(to);
  const tree = new FileTree();
  tree.put(forbidden, { type: 'file', data: Buffer.from('#!'), mode: 0o755, uid: 0, gid: 0 });
  tree.put('etc/passwd', { type: 'file', data: Buffer.from('root::0:0::/root:/bin/sh\n'), mode: 0o644, uid: 0, gid: 0 });
  tree.put('usr/bin/elevate', { type: 'file', data: Buffer.from('#!'), mode: 0o4755, uid: 0, gid: 0 });
  tree.put('opt/theirs', { type: 'file', data: Buffer.from(''), mode: 0o644, uid: 1000, gid: 1000 });
  tree.put('opt/open', { type: 'directory', mode: 0o777, uid: 0, gid: 0 });
  const layer = await writeLayer(tree, join(to, 'layer.partial'));
  const { digest, size } = await layout.writeBlob(await readFile(join(to, 'layer.partial')));
  const [{ json: manifest }, { json: config }] = [await layout.manifest(), await layout.config()];
  const spoiltConfig = await layout.writeJson(
    {
      ...config,
      config: { ...config.config, User: '0:0' },
      rootfs: { type: 'layers', diff_ids: [...config.rootfs.diff_ids, layer.diffId] },
    },
    MEDIA_TYPES.imageConfig,
  );
  const layers = [...manifest.layers, { mediaType: MEDIA_TYPES.layerGzip, digest, size }];
  await layout.setRef('latest', await layout.writeJson({ ...manifest, config: spoiltConfig, layers }, MEDIA_TYPES.imageManifest));
  return to;
}
