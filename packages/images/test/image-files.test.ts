import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import type { Descriptor } from '@seaworthy/oci';
import { pack } from 'tar-stream';
import { readImageFiles } from '../src/contract/image.files.ts';
import { verifyContract } from '../src/index.ts';

/** Paths in the order of the tar: `/` at the end is a folder, `@` a symlink, `!` a file with setuid. */
type Layer = readonly string[];

const CONTRACT = { user: '65532:65532', entrypoint: [], passwd: '', absent: [], present: [], owned: [], writable: [] };
const BELOW = ['opt/', 'opt/old', 'opt/sub/', 'opt/sub/older', 'optional', 'srv/', 'srv/one'];

describe('readImageFiles', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seaworthy-image-files-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const filesOf = async (...layers: Layer[]) => [...(await readImageFiles(await image(folder, layers))).files.keys()].toSorted();

  describe.each<[string, Layer, string[]]>([
    [
      'an opaque whiteout',
      ['opt/', 'opt/new', 'opt/sub/', 'opt/sub/newer', 'opt/.wh..wh..opq'],
      ['opt', 'opt/new', 'opt/sub', 'opt/sub/newer', 'optional', 'srv', 'srv/one'],
    ],
    ['an opaque whiteout of the root', ['etc/', 'etc/new', '.wh..wh..opq'], ['etc', 'etc/new']],
    ['a whiteout', ['opt/', 'opt/new', 'opt/.wh.old'], ['opt', 'opt/new', 'opt/sub', 'opt/sub/older', 'optional', 'srv', 'srv/one']],
    ['a whiteout of a folder', ['etc', '.wh.opt'], ['etc', 'optional', 'srv', 'srv/one']],
    ['a whiteout beside its own name', ['srv/', 'srv/one', 'srv/.wh.one', '.wh.opt'], ['optional', 'srv', 'srv/one']],
    ['a whiteout beside its own folder', ['opt/', 'opt/new', '.wh.opt'], ['opt', 'opt/new', 'optional', 'srv', 'srv/one']],
    ['a whiteout of nothing', ['srv/.wh.', '.wh.'], ['opt', 'opt/old', 'opt/sub', 'opt/sub/older', 'optional', 'srv', 'srv/one']],
    ['a file in place of a folder', ['opt'], ['opt', 'optional', 'srv', 'srv/one']],
    ['a symlink in place of a folder', ['opt@'], ['opt', 'optional', 'srv', 'srv/one']],
  ])('%s', (_what, layer, left) => {
    it('is about the layers below, and not about its own', async () => expect(await filesOf(BELOW, layer)).toEqual(left));
    it('is so wherever it stands in the tar', async () => expect(await filesOf(BELOW, layer.toReversed())).toEqual(left));
  });

  it('lets a later layer put back what one before it took away', async () => {
    expect(await filesOf(['opt/', 'opt/old'], ['.wh.opt'], ['opt/', 'opt/new'])).toEqual(['opt', 'opt/new']);
  });

  it.each(['opt/.wh..wh..opq', 'opt/.wh.elevate', '.wh.opt'])(
    'leaves to the contract a file with setuid that stands before %s',
    async (whiteout) => {
      const violations = await verifyContract(await image(folder, [BELOW, ['opt/', 'opt/elevate!', whiteout]]), CONTRACT);
      expect(violations.map(({ code }) => code)).toEqual(['SETUID']);
    },
  );
});

async function image(folder: string, content: readonly Layer[]): Promise<string> {
  const layout = await OciLayout.create(folder);
  const layers: Descriptor[] = [];
  for (const layer of content) layers.push(await layout.writeBlob(await tar(layer), { mediaType: MEDIA_TYPES.layerTar }));
  const config = await layout.writeJson(
    {
      architecture: 'amd64',
      os: 'linux',
      config: { User: CONTRACT.user, Entrypoint: CONTRACT.entrypoint },
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    },
    MEDIA_TYPES.imageConfig,
  );
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers };
  await layout.setRef('latest', await layout.writeJson(manifest, MEDIA_TYPES.imageManifest));
  return folder;
}

async function tar(layer: Layer): Promise<Buffer> {
  const archive = pack();
  for (const path of layer) {
    const header = { name: path.replace(/[@!]$/, ''), mode: path.endsWith('!') ? 0o4755 : 0o644, uid: 0, gid: 0, mtime: new Date(0) };
    if (path.endsWith('/')) archive.entry({ ...header, type: 'directory', mode: 0o755 });
    else if (path.endsWith('@')) archive.entry({ ...header, type: 'symlink', linkname: 'srv' });
    else archive.entry(header, path);
  }
  archive.finalize();
  return buffer(archive);
}
