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

describe('loadLayout', () => {
  let folder: string;
  let own: OwnImages;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-load-'));
    own = new OwnImages({ sharedDir: folder });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** An engine that has these images, and that dies of taking another one. */
  const engine = async (images: Readonly<Record<string, object>>, work: (docker: Docker) => Promise<void>): Promise<void> => {
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/images/load')) return request.socket.destroy();
      const image = images[decodeURIComponent(/^\/images\/([^/]+)\/json/.exec(request.url ?? '')?.[1] ?? '')];
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
    const rootfs = { type: 'layers', diff_ids: [digestOf('a layer')] };
    const config = await made.writeJson({ architecture: 'amd64', os: 'linux', rootfs }, MEDIA_TYPES.imageConfig);
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
    const found = { Id: id, Os: 'linux', Architecture: 'amd64', RootFS: { Layers: [digestOf('a layer')] }, Config: {} };
    await engine({ [id]: found }, async (docker) => {
      await expect(loadLayout(docker, own, join(folder, 'layout'))).resolves.toEqual({ id });
    });
    expect(own.list()).toEqual([]);
  });
});
