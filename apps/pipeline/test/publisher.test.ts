import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PREDICATES } from '@seaworthy/contracts';
import { digestOf, MEDIA_TYPES, RegistryClient } from '@seaworthy/oci';
import type { Descriptor } from '@seaworthy/oci';
import { createSbom, generateSigningKeys, SOURCE_MAPS_TYPE, verifyImage, vulnerabilitiesPredicate } from '@seaworthy/supply-chain';
import { MemoryRegistry } from '@seaworthy/testing/memory-registry';
import type { BuiltImage } from '../src/publish/built.image.ts';
import type { ParentImage } from '../src/publish/parent.images.ts';
import { PromotionClient } from '../src/publish/promotion.client.ts';
import { Publisher, type RunEvidence } from '../src/publish/publisher.ts';

const COMMIT = 'c'.repeat(40);
const NOW = new Date();
const KINDS = ['provenance', 'sbom', 'testResult', 'vulnerabilities'] as const;
const blob = (bytes: Buffer, mediaType: string): Descriptor => ({ mediaType, digest: digestOf(bytes), size: bytes.length });

/** Different for each service: what was found out about one must not be said of another. */
const EVIDENCE: RunEvidence = {
  run: 'run-7',
  commit: COMMIT,
  lockHash: 'd'.repeat(64),
  source: { author: 'Ada', committer: 'Ada', signature: { status: 'absent' }, requestedBy: 'ada', protectedPaths: [] },
  startedOn: NOW,
  checks: (service) => ['source', `exercise of ${service}`],
  sbom: (service) => createSbom({ image: service, digest: digestOf(service), os: [], npm: [{ name: `of-${service}`, version: '1.0.0' }] }),
  vulnerabilities: (service) =>
    vulnerabilitiesPredicate({
      scans: [{ source: 'npm', status: service === 'orders' ? 'unavailable' : 'answered', lastAnswer: NOW, records: [] }],
      startedOn: NOW,
      finishedOn: NOW,
    }),
  sourceMaps: async (service) => Buffer.from(`the source maps of ${service}`),
};

describe('what a run publishes', () => {
  const keys = generateSigningKeys();
  let storage: MemoryRegistry;
  let registry: RegistryClient;
  let gatekeeper: Server;
  let asked: unknown[];
  let answer: { status: number; body: object };
  let publisher: Publisher;
  let parent: ParentImage;

  beforeEach(async () => {
    storage = await MemoryRegistry.start();
    registry = new RegistryClient({ baseUrl: 'http://registry', socketPath: storage.socketPath });
    asked = [];
    answer = { status: 200, body: {} };
    gatekeeper = createServer((request, response) => {
      hear(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((listens) => gatekeeper.listen(0, '127.0.0.1', listens));
    const url = `http://127.0.0.1:${(gatekeeper.address() as AddressInfo).port}`;
    publisher = new Publisher({
      registry,
      gatekeeper: new PromotionClient({ url, fetch, token: async () => 'token-of-the-pipeline' }),
      key: keys.privateKey,
      trust: { signers: { pipeline: keys.publicKey } },
    });
    parent = await releasedParent();
  });
  afterEach(async () => {
    gatekeeper.closeAllConnections();
    gatekeeper.close();
    await registry.close();
    await storage.stop();
  });

  async function hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    asked.push({ url: request.url, authorization: request.headers.authorization, body: JSON.parse(await text(request)) as unknown });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  }

  async function releasedParent(): Promise<ParentImage> {
    const config = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}');
    const layer = Buffer.from('the layer of the base image');
    await registry.putBlob('release/node', layer, MEDIA_TYPES.layerGzip);
    await registry.putBlob('release/node', config, MEDIA_TYPES.imageConfig);
    const layers = [blob(layer, MEDIA_TYPES.layerGzip)];
    const bytes = manifestOf(blob(config, MEDIA_TYPES.imageConfig), layers);
    const { digest } = await registry.putManifest('release/node', 'main', bytes, MEDIA_TYPES.imageManifest);
    const manifest = await registry.getImageManifest('release/node', digest);
    return { name: 'node', digest, manifest, config, sbom: { bomFormat: 'CycloneDX', specVersion: '1.6' } };
  }

  function built(name: string): BuiltImage {
    const [config, layer] = [Buffer.from(`{"of":"${name}"}`), Buffer.from(`the layer of ${name}`)];
    const own = blob(layer, MEDIA_TYPES.layerGzip);
    const settings = blob(config, MEDIA_TYPES.imageConfig);
    const manifest = manifestOf(settings, [...parent.manifest.json.layers, own]);
    const parts = { config: { descriptor: settings, bytes: config }, layer: { descriptor: own, bytes: layer } };
    return { name, parent, manifest, digest: digestOf(manifest), ...parts };
  }

  /** Every statement beside the image that the pipeline's key signed about it. */
  async function statements({ name, digest }: BuiltImage): Promise<Record<string, unknown>> {
    const { evidence } = await verifyImage({
      registry,
      repository: `staging/${name}`,
      digest,
      trust: { signers: { pipeline: keys.publicKey } },
      requirements: KINDS.map((kind) => ({ predicateType: PREDICATES[kind], signers: ['pipeline'] as const })),
    });
    return Object.fromEntries(evidence.map(({ statement }) => [statement.predicateType, statement.predicate]));
  }

  it('is each image with all its layers, and what was found out about it and no other, signed', async () => {
    const images = [built('catalog'), built('orders')];
    await Promise.all(images.map(async (image) => publisher.publish(image, EVIDENCE)));
    for (const image of images) {
      const { name } = image;
      expect((await registry.resolve(`staging/${name}`, COMMIT)).digest).toBe(image.digest);
      const { json } = await registry.getImageManifest(`staging/${name}`, image.digest);
      for (const layer of [json.config, ...json.layers]) expect(await registry.hasBlob(`staging/${name}`, layer.digest)).toBe(true);

      const said = await statements(image);
      expect(said[PREDICATES.sbom]).toEqual(EVIDENCE.sbom(name));
      expect(said[PREDICATES.vulnerabilities]).toEqual(EVIDENCE.vulnerabilities(name));
      expect(said[PREDICATES.testResult]).toMatchObject({
        result: 'PASSED',
        passedTests: ['source', `exercise of ${name}`],
        configuration: [{ digest: { gitCommit: COMMIT } }],
      });
      expect(said[PREDICATES.provenance]).toMatchObject({
        buildDefinition: {
          externalParameters: { commit: COMMIT, service: name },
          internalParameters: { source: EVIDENCE.source },
          resolvedDependencies: [
            { digest: { gitCommit: COMMIT } },
            { digest: { sha256: EVIDENCE.lockHash } },
            { digest: { sha256: parent.digest.slice('sha256:'.length) } },
          ],
        },
        runDetails: { metadata: { invocationId: 'run-7', startedOn: NOW.toISOString() } },
      });
    }
  });

  it('is its source maps besides, which the provenance names by digest, and no other image has', async () => {
    for (const image of [built('catalog'), built('orders')]) {
      const { name, digest } = image;
      await publisher.publish(image, EVIDENCE);
      const maps = Buffer.from(`the source maps of ${name}`);
      const stored = { mediaType: SOURCE_MAPS_TYPE, digest: digestOf(maps), size: maps.length };
      const [artifact, ...others] = await registry.referrers(`staging/${name}`, digest, SOURCE_MAPS_TYPE);
      expect(others).toEqual([]);
      const { json } = await registry.getImageManifest(`staging/${name}`, artifact?.digest ?? '');
      expect(json).toMatchObject({ artifactType: SOURCE_MAPS_TYPE, layers: [stored], subject: { digest } });
      expect(await registry.getBlobBytes(`staging/${name}`, stored)).toEqual(maps);
      const byproducts = [{ mediaType: SOURCE_MAPS_TYPE, digest: { sha256: stored.digest.slice('sha256:'.length) } }];
      expect((await statements(image))[PREDICATES.provenance]).toMatchObject({ runDetails: { byproducts } });
      const own = (await registry.getImageManifest(`staging/${name}`, digest)).json.layers;
      expect(own.map((layer) => layer.digest)).not.toContain(stored.digest);
    }
  });

  it('is nothing at all where the build has left no source maps of it', async () => {
    const none = Object.assign(new Error('expected catalog.source-maps.json.gz from build, found none'), { code: 'OUTPUT_REFUSED' });
    const evidence = { ...EVIDENCE, sourceMaps: async () => Promise.reject(none) };
    await expect(publisher.publish(built('catalog'), evidence)).rejects.toBe(none);
    expect([...storage.manifests.keys()].filter((key) => key.startsWith('staging/'))).toEqual([]);
  });

  it.each(['sbom', 'testResult', 'vulnerabilities'] as const)('is nothing at all where its %s cannot be signed', async (kind) => {
    const spoilt = {
      sbom: { sbom: () => ({ bomFormat: 'other' }) },
      testResult: { checks: () => [7 as unknown as string] },
      vulnerabilities: { vulnerabilities: () => undefined },
    };
    await expect(publisher.publish(built('catalog'), { ...EVIDENCE, ...spoilt[kind] })).rejects.toMatchObject({
      code: 'PREDICATE_MALFORMED',
    });
    expect([...storage.manifests.keys()].filter((key) => key.startsWith('staging/'))).toEqual([]);
  });

  it('is a failure where the registry does not take a piece of evidence', async () => {
    const attach = registry.attach.bind(registry);
    let attached = 0;
    registry.attach = async (...given) => {
      attached += 1;
      if (attached === 3) throw Object.assign(new Error('disk full'), { code: 'UNREACHABLE' });
      return attach(...given);
    };
    await expect(publisher.publish(built('catalog'), EVIDENCE)).rejects.toThrow('disk full');
    expect(asked).toEqual([]);
  });

  it('is judged by the gatekeeper, who is asked about this digest, and whose refusal is told with its reasons', async () => {
    const image = built('catalog');
    await publisher.publish(image, EVIDENCE);
    expect(asked).toEqual([]);
    await expect(publisher.promote(image, COMMIT)).resolves.toMatchObject({
      repository: 'release/catalog',
      digest: image.digest,
      reused: false,
    });
    const body = { repository: 'staging/catalog', digest: image.digest, tag: COMMIT };
    expect(asked).toEqual([{ url: '/promotions', authorization: 'Bearer token-of-the-pipeline', body }]);

    answer = { status: 422, body: { detail: 'the policy refuses it', reasons: ['CHECK_MISSING'] } };
    await expect(publisher.promote(image, COMMIT)).rejects.toMatchObject({
      code: 'PROMOTION_REFUSED',
      message: expect.stringMatching(/the policy refuses it\nCHECK_MISSING/),
    });
  });
});

function manifestOf(config: Descriptor, layers: readonly Descriptor[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers }));
}
