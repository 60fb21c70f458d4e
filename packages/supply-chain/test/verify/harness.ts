import { createHash } from 'node:crypto';

import { PREDICATES, VERIFIER_ID } from '@seaworthy/contracts';
import type { Descriptor } from '@seaworthy/oci';
import { digestOf, MEDIA_TYPES, referrersTag, RegistryClient } from '@seaworthy/oci';
import { MemoryRegistry } from '@seaworthy/testing/memory-registry';

import { attachBundle, generateSigningKeys, releaseUri, signStatement } from '../../src/index.ts';
import type { Trust, VerificationSummary } from '../../src/index.ts';

export const REPOSITORY = 'release/catalog';
export const NOW = new Date('2026-11-23T12:00:00Z');

/** Who signs, where the bundle is attached, and what it says that it is about. */
type Signing = { key?: string; subject?: Descriptor; about?: Descriptor };

/** Keys of everybody, a registry, and one image in it. */
export async function startHarness() {
  const keys = { gatekeeper: generateSigningKeys(), pipeline: generateSigningKeys(), stranger: generateSigningKeys() };
  const trust: Trust = { signers: { gatekeeper: keys.gatekeeper.publicKey, pipeline: keys.pipeline.publicKey } };
  const storage = await MemoryRegistry.start();
  const registry = new RegistryClient({ baseUrl: 'http://registry', socketPath: storage.socketPath });
  const image = await pushImage(registry, REPOSITORY, 'an image');
  storage.exchanges.length = 0;

  return {
    keys,
    trust,
    storage,
    registry,
    image,
    question: { registry, repository: REPOSITORY, digest: image.digest, trust },
    async pushImage(content: string, repository = REPOSITORY) {
      return pushImage(registry, repository, content);
    },
    async attest(
      predicateType: string,
      predicate: unknown,
      { key = keys.pipeline.privateKey, subject = image, about = subject }: Signing = {},
    ) {
      const statement = { subject: [{ name: REPOSITORY, digest: about.digest }], predicateType, predicate, key };
      return attachBundle(registry, REPOSITORY, subject, signStatement(statement));
    },
    async promote(
      changes: Partial<VerificationSummary> = {},
      { key = keys.gatekeeper.privateKey, subject = image, about = subject }: Signing = {},
    ) {
      return this.attest(PREDICATES.verificationSummary, verdict(changes), { key, subject, about });
    },
    /** Blobs of the image itself that somebody read. */
    imageBlobsRead(): string[] {
      const own = [digestOf(configOf('an image')), digestOf('an image')];
      return storage.exchanges.map(({ path }) => path).filter((path) => own.some((digest) => path.endsWith(digest)));
    },
    /** Puts raw content where a bundle would be, as somebody with push rights could. */
    async attachRaw(bytes: Buffer, predicateType: string) {
      return registry.attach(REPOSITORY, image, {
        artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        blobs: [{ bytes, mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }],
        annotations: { 'dev.sigstore.bundle.predicateType': predicateType },
      });
    },
    /** Copies one image's list of referrers to another's: a replay, and no signature is needed for it. */
    replay(from: Descriptor, to: Descriptor) {
      const list = storage.manifests.get(`${REPOSITORY}:${referrersTag(from.digest)}`);
      if (list === undefined) throw new Error('expected referrers to replay, found none');
      storage.manifests.set(`${REPOSITORY}:${referrersTag(to.digest)}`, list);
    },
    async stop() {
      await registry.close();
      await storage.stop();
    },
  };
}

export type Harness = Awaited<ReturnType<typeof startHarness>>;

export function verdict(changes: Partial<VerificationSummary> = {}): VerificationSummary {
  return {
    verifier: { id: VERIFIER_ID },
    timeVerified: new Date(NOW.getTime() - 60_000).toISOString(),
    resourceUri: releaseUri(REPOSITORY),
    policy: { digest: { sha256: createHash('sha256').update('the policy').digest('hex') } },
    verificationResult: 'PASSED',
    verifiedLevels: ['SLSA_BUILD_LEVEL_2'],
    ...changes,
  };
}

async function pushImage(registry: RegistryClient, repository: string, content: string): Promise<Descriptor> {
  const layer = await registry.putBlob(repository, Buffer.from(content), MEDIA_TYPES.layerTar);
  const config = await registry.putBlob(repository, Buffer.from(configOf(content)), MEDIA_TYPES.imageConfig);
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers: [layer] }));
  return registry.putManifest(repository, digestOf(manifest), manifest, MEDIA_TYPES.imageManifest);
}

function configOf(content: string): string {
  return JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(content)] } });
}
