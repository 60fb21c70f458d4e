import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OwnImages } from '@seaworthy/images';
import { digestOf, MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import Docker from 'dockerode';
import { loadLayout } from '../../src/engine/images.ts';

const CONFIG = { Env: ['NODE_ENV=production'], User: '65532:65532' };
const LAYERS = [digestOf('a layer')];
/** As an engine tells of an image that is what the layout says. */
const loaded = (id: string, Config: object = CONFIG, Layers: readonly string[] = LAYERS) => ({
  Id: id,
  Os: 'linux',
  Architecture: 'amd64',
  RootFS: { Layers },
  Config,
});

describe('loadLayout', () => {
  let folder: string;
  let own: OwnImages;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-load-'));
    own = new OwnImages({ sharedDir: folder });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** An engine that has these images, and that makes `made` of the one it is given; without `made`, it dies of that. */
  const engine = async (
    images: Readonly<Record<string, object>>,
    work: (docker: Docker) => Promise<void>,
    made?: { Id: string },
  ): Promise<void> => {
    const known = new Map(Object.entries(images));
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/images/load')) {
        if (made === undefined) return request.socket.destroy();
        known.set(made.Id, made);
        request.resume();
        return request.once('end', () => response.end(JSON.stringify({ stream: `Loaded image ID: ${made.Id}\n` })));
      }
      const image = known.get(decodeURIComponent(/^\/images\/([^/]+)\/json/.exec(request.url ?? '')?.[1] ?? ''));
      return response.writeHead(image ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(image ?? {}));
    });
    await new Promise<void>((settle) => server.listen(join(folder, 'engine.sock'), settle));
    try {
      await work(new Docker({ socketPath: join(folder, 'engine.sock') }));
    } finally {
      server.close();
    }
  };
  const layout = async (): Promise<string> => {
    const made = await OciLayout.create(join(folder, 'layout'));
    const layer = await made.writeBlob(gzipSync('a layer'), { mediaType: MEDIA_TYPES.layerGzip });
    const rootfs = { type: 'layers', diff_ids: LAYERS };
    const config = await made.writeJson({ architecture: 'amd64', os: 'linux', config: CONFIG, rootfs }, MEDIA_TYPES.imageConfig);
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers: [layer] };
    await made.setRef('main', await made.writeJson(manifest, MEDIA_TYPES.imageManifest));
    return config.digest;
  };

  it('notes what it brings into the engine before it does: an interruption leaves nothing that clean does not know', async () => {
    const id = await layout();
    await engine({}, async (docker) => {
      await expect(loadLayout(docker, own, join(folder, 'layout'))).rejects.toThrow();
    });
    expect(own.list()).toEqual([id]);
  });

  it('leaves alone what somebody else had brought there', async () => {
    const id = await layout();
    await engine({ [id]: loaded(id) }, async (docker) => {
      await expect(loadLayout(docker, own, join(folder, 'layout'))).resolves.toEqual({ id });
    });
    expect(own.list()).toEqual([]);
  });

  it('takes an image that the engine knows by an id of its own, and notes that as well', async () => {
    const [id, other] = [await layout(), digestOf('of containerd')];
    await engine(
      {},
      async (docker) => {
        await expect(loadLayout(docker, own, join(folder, 'layout'))).resolves.toEqual({ id: other });
      },
      loaded(other),
    );
    expect(own.list().toSorted()).toEqual([id, other].toSorted());
  });

  describe.each<[string, object, string[]?]>([
    ['another layer', CONFIG, [digestOf('another layer')]],
    ['a layer more', CONFIG, [...LAYERS, digestOf('another layer')]],
    ['another user', { ...CONFIG, User: '0:0' }],
    ['a variable more', { ...CONFIG, Env: [...CONFIG.Env, 'NODE_OPTIONS=--inspect'] }],
    ['an entry point', { ...CONFIG, Entrypoint: ['/bin/sh'] }],
  ])('when the engine has %s, unlike the layout', (_what, config, layers) => {
    const refusal = { code: 'VERIFICATION_FAILED' };

    it('refuses what it made of the layout', async () => {
      const id = await layout();
      const work = async (docker: Docker) => expect(loadLayout(docker, own, join(folder, 'layout'))).rejects.toMatchObject(refusal);
      await engine({}, work, loaded(id, config, layers));
    });

    it('refuses what it had already', async () => {
      const id = await layout();
      const work = async (docker: Docker) => expect(loadLayout(docker, own, join(folder, 'layout'))).rejects.toMatchObject(refusal);
      await engine({ [id]: loaded(id, config, layers) }, work);
    });
  });
});
