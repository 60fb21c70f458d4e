import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import type { Descriptor } from '@seaworthy/oci';
import { digestOf, MEDIA_TYPES, OciLayout, RegistryClient } from '@seaworthy/oci';
import { startRegistry, startToolbox } from '@seaworthy/testing';

import { containersPolicy, generateSigningKeys } from '../../src/index.ts';

export const RELEASE = 'release/catalog';
const ROOT = '/run/test/root.pem';

/** Ours and theirs side by side: the real registry, our client, and a toolbox with cosign and skopeo that trusts the same key. */
export async function startAgreement() {
  const keys = generateSigningKeys();
  const stranger = generateSigningKeys();
  const server = await startRegistry();
  const registry = new RegistryClient(server);
  const { policyJson, registriesYaml } = containersPolicy({ scope: `${server.host}/release`, publicKey: keys.publicKey });
  const toolbox = await startToolbox({
    network: server.network,
    environment: { SSL_CERT_FILE: ROOT },
    files: {
      [ROOT]: server.ca,
      '/run/test/signer.pub': keys.publicKey,
      '/run/test/stranger.pub': stranger.publicKey,
      '/run/test/trusted-root.json': JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }),
      '/etc/containers/policy.json': policyJson,
      '/etc/containers/registries.d/seaworthy.yaml': registriesYaml,
    },
  });
  return {
    keys,
    stranger,
    server,
    registry,
    toolbox,
    async stop() {
      await registry.close();
      await toolbox.stop();
      await server.stop();
    },
  };
}

/** A small image with a layer of its own. */
export async function pushImage(registry: RegistryClient, content: string, repository = RELEASE): Promise<Descriptor> {
  const dir = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    const layout = await OciLayout.create(dir);
    const tar = Buffer.concat([Buffer.from(content), Buffer.alloc(10_240 - content.length)]);
    const layer = await layout.writeBlob(gzipSync(tar), { mediaType: MEDIA_TYPES.layerGzip });
    const json = { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } };
    const config = await layout.writeJson(json, MEDIA_TYPES.imageConfig);
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers: [layer] };
    await layout.setRef('image', await layout.writeJson(manifest, MEDIA_TYPES.imageManifest));
    return await registry.pushLayout(layout, repository, `t${digestOf(content).slice(7, 19)}`);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Digests of an image's own configuration and layers. */
export async function blobsOf(registry: RegistryClient, { digest }: Descriptor, repository = RELEASE): Promise<string[]> {
  const { json } = await registry.getImageManifest(repository, digest);
  return [json.config, ...json.layers].map((blob) => blob.digest);
}
