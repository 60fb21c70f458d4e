import { ENDPOINTS } from '@seaworthy/contracts';
import type { Digest, ImageManifest } from '@seaworthy/oci';
import { digestOf } from '@seaworthy/oci';
import type { VerifiedImage } from '@seaworthy/supply-chain';
import type { Admission, DrillPlatform } from '../../platform.ts';

const REGISTRY = `https://${ENDPOINTS.registry.host}:${ENDPOINTS.registry.port}`;

/** Reads a manifest without hashing it, as a client does that trusts its registry. It exists for this drill alone, and lies to the compiler. */
export const digestBlindAdmission =
  (platform: DrillPlatform): Admission =>
  async (_registry, repository, reference) => {
    const token = await pullToken(platform, repository);
    const answer = await platform.fetch(`${REGISTRY}/v2/${repository}/manifests/${reference}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    if (!answer.ok) throw new Error(`expected a manifest for ${repository}:${reference}, found status ${answer.status}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const json = JSON.parse(bytes.toString('utf8')) as ImageManifest;
    const digest: Digest = digestOf(bytes);
    const descriptor = { mediaType: json.mediaType, digest, size: bytes.length };
    return { repository, digest, manifest: { descriptor, bytes, json }, evidence: [] } as unknown as VerifiedImage;
  };

async function pullToken(platform: DrillPlatform, repository: string): Promise<string> {
  const password = await platform.workload('deploy')();
  const answer = await platform.fetch(`${REGISTRY}/token?service=${ENDPOINTS.registry.host}&scope=repository:${repository}:pull`, {
    headers: { authorization: `Basic ${Buffer.from(`deploy:${password}`).toString('base64')}` },
  });
  if (!answer.ok) throw new Error(`expected a token to pull ${repository}, found status ${answer.status}`);
  return ((await answer.json()) as { token: string }).token;
}
