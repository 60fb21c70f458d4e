import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { digestOf, MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import { pack } from 'tar-stream';
import type { DrillPlatform } from '../../platform.ts';
import type { SystemCall } from './system-call-program.ts';
import { systemCallProgram } from './system-call-program.ts';

/** Where a call's program lies in the image. */
export function pathOf(call: SystemCall): string {
  return `/${call.name.replaceAll(/[^a-z0-9_]/gi, '-')}`;
}

/** An image that holds one program for each call and nothing else. Returns its id on the engine. */
export async function loadProbeImage(platform: DrillPlatform, calls: readonly SystemCall[]): Promise<string> {
  const { json: parent } = await (await OciLayout.open(platform.layoutDir('node'))).config();
  if (parent.architecture !== 'amd64' && parent.architecture !== 'arm64')
    throw new RangeError(`expected an engine of architecture amd64 or arm64, found ${parent.architecture}`);
  const tar = await layerOf(calls, parent.architecture);
  const dir = await mkdtemp(join(tmpdir(), 'probe-'));
  try {
    const layout = await OciLayout.create(dir);
    const layer = await layout.writeBlob(gzipSync(tar), { mediaType: MEDIA_TYPES.layerGzip });
    const config = await layout.writeJson(
      {
        architecture: parent.architecture,
        os: 'linux',
        config: { User: '65532:65532', Entrypoint: [pathOf(calls[0]!)] },
        rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
        history: [],
      },
      MEDIA_TYPES.imageConfig,
    );
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers: [layer] };
    await layout.setRef('probe', await layout.writeJson(manifest, MEDIA_TYPES.imageManifest));
    return await platform.loadImage(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function layerOf(calls: readonly SystemCall[], architecture: 'amd64' | 'arm64'): Promise<Buffer> {
  const tar = pack();
  for (const call of calls)
    tar.entry({ name: pathOf(call).slice(1), mode: 0o755, mtime: new Date(0) }, systemCallProgram(call, architecture));
  tar.finalize();
  return buffer(tar);
}
