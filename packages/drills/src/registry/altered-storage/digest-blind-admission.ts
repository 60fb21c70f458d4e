import { ENDPOINTS } from '@seaworthy/contracts';
import type { Descriptor, Digest, ImageManifest, RegistryClient, StoredImageManifest } from '@seaworthy/oci';
import { digestOf } from '@seaworthy/oci';
import type { VerifiedImage } from '@seaworthy/supply-chain';
import type { Admission, DrillPlatform } from '../../platform.ts';

const REGISTRY = `https://${ENDPOINTS.registry.host}:${ENDPOINTS.registry.port}`;

/**
 * Deploy's own admission, verdict and signature and all, which reads manifests as a client does that trusts its registry. It exists for this
 * drill alone, and lies to the compiler.
 */
export const digestBlindAdmission =
  (platform: DrillPlatform, shipped: Admission): Admission =>
  async (registry, repository, reference) => {
    const { manifest, evidence } = await shipped(blind(platform, registry), repository, reference);
    // what came is downloaded, and not what was promised: downloads are hashed, too
    return { repository, digest: manifest.descriptor.digest, manifest, evidence } as unknown as VerifiedImage;
  };

/** A client of the registry that takes whatever manifest comes for the one that was asked for. */
function blind(platform: DrillPlatform, registry: RegistryClient): RegistryClient {
  const own: Partial<RegistryClient> = {
    resolve: async (repository, reference) => (await read(platform, repository, reference)).promised,
    getImageManifest: async (repository, reference) => (await read(platform, repository, reference)).found,
  };
  return new Proxy(registry, {
    get: (client, name) => {
      const value: unknown = Reflect.get(name in own ? own : client, name);
      return typeof value === 'function' ? value.bind(client) : value;
    },
  });
}

/** What the registry says that it sends, and what it sends. */
async function read(
  platform: DrillPlatform,
  repository: string,
  reference: string,
): Promise<{ promised: Descriptor; found: StoredImageManifest }> {
  const token = await pullToken(platform, repository);
  const answer = await platform.fetch(`${REGISTRY}/v2/${repository}/manifests/${reference}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  const digest = answer.headers.get('docker-content-digest');
  if (!answer.ok || digest === null) throw new Error(`expected a manifest for ${repository}:${reference}, found status ${answer.status}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const json = JSON.parse(bytes.toString('utf8')) as ImageManifest;
  const descriptor = { mediaType: json.mediaType, digest: digestOf(bytes), size: bytes.length };
  return { promised: { ...descriptor, digest: digest as Digest }, found: { descriptor, bytes, json } };
}

async function pullToken(platform: DrillPlatform, repository: string): Promise<string> {
  const password = await platform.workload('deploy')();
  const answer = await platform.fetch(`${REGISTRY}/token?service=${ENDPOINTS.registry.host}&scope=repository:${repository}:pull`, {
    headers: { authorization: `Basic ${Buffer.from(`deploy:${password}`).toString('base64')}` },
  });
  if (!answer.ok) throw new Error(`expected a token to pull ${repository}, found status ${answer.status}`);
  return ((await answer.json()) as { token: string }).token;
}
