import { PREDICATES, type PredicateName } from '@seaworthy/contracts';
import { digestOf, hexOf, isOciError, MEDIA_TYPES, referrersTag, type Descriptor, type RegistryClient } from '@seaworthy/oci';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  attachBundle,
  judge,
  readBundles,
  serviceProvenance,
  signatureTag,
  signStatement,
  verifyImage,
  verifyRelease,
} from '../../src/index.ts';
import { describeNewerEvidence } from './newer-evidence.cases.ts';
import { blobsReadBy, CHECKS, codes, promotionFixture, scanned, type Candidate, type Fixture } from './promotion.fixture.ts';
import { describeSourceMaps } from './source-maps.cases.ts';

const EVIDENCE = ['provenance', 'sbom', 'testResult', 'vulnerabilities'] as const satisfies PredicateName[];
const WEEK_SECONDS = 7 * 86_400;

/** What promotion does and refuses: run on the registry in memory, and on the real one. */
export function describePromotion(start: () => Promise<{ registry: RegistryClient; stop: () => Promise<void> }>): void {
  let registry: RegistryClient;
  let stop: () => Promise<void>;
  let fixture: Fixture;
  beforeAll(async () => {
    ({ registry, stop } = await start());
    fixture = await promotionFixture(registry);
  }, 180_000);
  afterAll(() => stop());

  /** A name of its own for each case: what release/ holds of it, nobody else put there. */
  let counter = 0;
  const refusal = async (candidate: Candidate) => {
    counter += 1;
    const name = candidate.name ?? `candidate-${counter}`;
    const image = await fixture.stage({ ...candidate, name });
    const promotion = await fixture.promote(image, { name });
    expect(promotion.allowed).toBe(false);
    expect(promotion.released).toBeUndefined();
    for (const reference of [image.digest, fixture.commit, 'main']) {
      await expect(registry.resolve(`release/${name}`, reference)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    return codes(promotion);
  };

  describe('when a base image has all that its tier demands', () => {
    it('is released, and can be verified', async () => {
      const promotion = await fixture.releaseBase();
      expect(promotion).toMatchObject({
        allowed: true,
        image: 'node',
        tier: 'restricted',
        released: { repository: 'release/node', tags: [fixture.commit, 'main'] },
      });
      await expect(
        verifyRelease({
          registry,
          trust: fixture.trust,
          repository: 'release/node',
          digest: promotion.digest,
          maxAgeSeconds: WEEK_SECONDS,
        }),
      ).resolves.toBeDefined();
    });
    it.each<[string, Parameters<Fixture['publishBase']>[0], string[]]>([
      ['its contract does not hold', { name: 'broken', violations: ['a shell at /bin/sh'] }, ['TESTS_FAILED']],
      ['the pipeline signed for it', { name: 'foreign', signer: 'pipeline' }, ['SIGNER_NOT_ACCEPTED']],
      ['a stranger signed for it', { name: 'strange', signer: 'stranger' }, ['SIGNATURE_UNTRUSTED', 'EVIDENCE_MISSING']],
    ])('refuses it when %s', async (_what, options, expected) => {
      const image = await fixture.publishBase(options);
      expect(codes(await fixture.promote(image, { name: options?.name ?? '' })).toSorted()).toEqual([...expected].toSorted());
    });
  });

  describe('when a service has all that its tier demands', () => {
    it('is released under its commit and the moving tag, with evidence, verdict and simple signature', async () => {
      const image = await fixture.stage();
      const promotion = await fixture.promote(image);
      expect(promotion.reasons).toEqual([]);
      for (const tag of [fixture.commit, 'main', signatureTag(image.digest)])
        await expect(registry.resolve('release/catalog', tag)).resolves.toBeDefined();
      expect((await registry.resolve('release/catalog', 'main')).digest).toBe(image.digest);
      const { evidence } = await verifyRelease({
        registry,
        trust: fixture.trust,
        repository: 'release/catalog',
        digest: image.digest,
        maxAgeSeconds: WEEK_SECONDS,
        policyDigest: fixture.policies.sha256,
      });
      expect(evidence).toHaveLength(1);
      expect(await readBundles(registry, 'release/catalog', image.digest)).toHaveLength(EVIDENCE.length + 1);
      const [signature] = (await registry.getImageManifest('release/catalog', signatureTag(image.digest))).json.layers;
      if (signature === undefined) throw new Error('expected a simple signature');
      expect(JSON.parse((await registry.getBlobBytes('release/catalog', signature)).toString())).toMatchObject({
        critical: { identity: { 'docker-reference': 'registry.seaworthy.internal:5443/release/catalog' } },
      });
    });
    it('changes nothing when it is done again', async () => {
      const image = await fixture.stage();
      await fixture.promote(image);
      const before = (await registry.referrers('release/catalog', image.digest)).map(({ digest }) => digest);
      expect((await fixture.promote(image)).allowed).toBe(true);
      const after = (await registry.referrers('release/catalog', image.digest)).map(({ digest }) => digest);
      expect(new Set(after).size).toBe(after.length);
      expect(after).toEqual(before);
    });
  });

  describe.each(EVIDENCE)('when its %s', (predicate) => {
    it('is missing: EVIDENCE_MISSING', async () => {
      expect(await refusal({ omit: predicate })).toContain('EVIDENCE_MISSING');
    });
    it('was altered after signing: SIGNATURE_UNTRUSTED', async () => {
      expect(await refusal({ altered: predicate })).toEqual(expect.arrayContaining(['SIGNATURE_UNTRUSTED', 'EVIDENCE_MISSING']));
    });
    it('was signed by a stranger: SIGNATURE_UNTRUSTED', async () => {
      expect(await refusal({ foreign: { predicate, signer: 'stranger' } })).toContain('SIGNATURE_UNTRUSTED');
    });
    it('was signed by the image builder: SIGNER_NOT_ACCEPTED', async () => {
      expect(await refusal({ foreign: { predicate, signer: 'image-builder' } })).toContain('SIGNER_NOT_ACCEPTED');
    });
    it('is about another image: SUBJECT_MISMATCH', async () => {
      expect(await refusal({ elsewhere: predicate })).toContain('SUBJECT_MISMATCH');
    });
  });

  describe('when the evidence speaks against it', () => {
    it.each<[string, Candidate, string]>([
      ['a test failed', { predicates: { testResult: { result: 'FAILED', configuration: [], failedTests: ['smoke'] } } }, 'TESTS_FAILED'],
      [
        'nobody has exercised it',
        {
          predicates: { testResult: { result: 'PASSED', configuration: [], passedTests: CHECKS.filter((check) => check !== 'exercise') } },
        },
        'CHECK_MISSING',
      ],
      [
        'a finding is critical',
        {
          predicates: {
            vulnerabilities: scanned({ severity: 'critical' }),
          },
        },
        'VULNERABILITY_TOO_SEVERE',
      ],
      [
        'a source answered too long ago',
        {
          predicates: {
            vulnerabilities: scanned({ silentSince: new Date('2026-01-01T00:00:00Z') }),
          },
        },
        'SCAN_UNAVAILABLE',
      ],
      [
        "the scan is another tool's, and does not say who answered",
        {
          predicates: {
            vulnerabilities: {
              scanner: { uri: 'https://example.org', result: [] },
              metadata: { scanStartedOn: new Date().toISOString(), scanFinishedOn: new Date().toISOString() },
            },
          },
        },
        'PREDICATE_MALFORMED',
      ],
      ['its configuration names no tier', { tier: undefined }, 'TIER_UNKNOWN'],
      ['its configuration names a tier that is none', { tier: 'secret' }, 'TIER_UNKNOWN'],
      [
        'its layers are not those of the base image',
        { layers: [Buffer.from('another base'), Buffer.from('the service')] },
        'PARENT_MISMATCH',
      ],
      ['its base image is not released', { base: { mediaType: '', digest: digestOf('unreleased'), size: 0 } }, 'PARENT_NOT_RELEASED'],
    ])('refuses it when %s', async (_what, candidate, code) => {
      expect(await refusal(candidate)).toContain(code);
    });
    it('says of a base image whose verdict is too old by now that it is, and who can have it renewed', async () => {
      const days = fixture.policies.tiers.restricted.evidenceMaxAgeDays;
      const at = (day: number): Date => new Date(Date.now() + day * 86_400_000);
      const image = await fixture.stage({ name: 'late', tier: 'restricted' });
      const saidOfBase = async (now: Date): Promise<string[]> => {
        const { judgement } = await judge({ ...fixture.authority, now }, { repository: 'staging/late', digest: image.digest });
        return judgement.reasons.flatMap(({ code, message }) => (code === 'PARENT_NOT_RELEASED' ? [message] : []));
      };
      expect(await saidOfBase(at(days - 1))).toEqual([]);
      const [said] = await saidOfBase(at(days + 1));
      expect(said).toContain(`one that is older than ${days} days; npm start`);
    });
    it('allows a finding below the limit', async () => {
      const image = await fixture.stage({ name: 'harmless', predicates: { vulnerabilities: scanned({ severity: 'low' }) } });
      expect((await fixture.promote(image, { name: 'harmless' })).allowed).toBe(true);
    });
  });

  describe('when the list of its evidence, which nobody signs, says of each piece something else than it is', () => {
    const MISLABELLED = { annotations: { 'dev.sigstore.bundle.predicateType': 'https://example.org/nothing' } };
    const UNTYPED = { artifactType: MEDIA_TYPES.empty, annotations: {} };
    /** What whoever may write to staging/ can do; tools that list a bundle with the type of its configuration do it in good faith. */
    const relist = async (repository: string, image: Descriptor, entry: object) => {
      const manifests = (await registry.referrers(repository, image.digest)).map((listed) => ({ ...listed, ...entry }));
      const list = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests };
      await registry.putManifest(repository, referrersTag(image.digest), Buffer.from(JSON.stringify(list)), MEDIA_TYPES.imageIndex);
    };
    const bundlesIn = async (repository: string, { digest }: Descriptor) =>
      (await readBundles(registry, repository, digest)).flatMap((stored) =>
        'bundle' in stored ? [stored.bundle as Parameters<typeof attachBundle>[3]] : [],
      );
    it.each<[string, object]>([
      ['mislabelled', MISLABELLED],
      ['untyped', UNTYPED],
    ])('is released with all of it where readers look for it, each once: %s', async (name, entry) => {
      const [staging, repository] = [`staging/${name}`, `release/${name}`];
      const image = await fixture.stage({ name });
      await relist(staging, image, entry);
      expect(codes(await fixture.promote(image, { name }))).toEqual([]);
      const requirements = EVIDENCE.map((kind) => ({ predicateType: PREDICATES[kind], signers: ['pipeline'] as const }));
      const question = { registry, trust: fixture.trust, repository, digest: image.digest, requirements };
      expect((await verifyImage(question)).evidence.map(({ statement }) => statement.predicateType)).toEqual(
        EVIDENCE.map((kind) => PREDICATES[kind]),
      );
      const before = await registry.referrers(repository, image.digest);
      const [again] = await bundlesIn(staging, image);
      await attachBundle(registry, staging, image, again!);
      expect(codes(await fixture.promote(image, { name }))).toEqual([]);
      expect(await registry.referrers(repository, image.digest)).toEqual(before);
    });
    it('adds to the release of an earlier promotion, whose lists differ in their times, the verdict alone', async () => {
      const image = await fixture.stage({ name: 'earlier' });
      for (const bundle of await bundlesIn('staging/earlier', image)) await attachBundle(registry, 'release/earlier', image, bundle);
      const before = await registry.referrers('release/earlier', image.digest);
      expect(codes(await fixture.promote(image, { name: 'earlier' }))).toEqual([]);
      const [verdict, ...more] = (await registry.referrers('release/earlier', image.digest)).slice(before.length);
      expect([verdict?.annotations?.['dev.sigstore.bundle.predicateType'], more]).toEqual([PREDICATES.verificationSummary, []]);
    });
  });

  describeNewerEvidence(() => ({ registry, fixture }));
  describeSourceMaps(() => ({ registry, fixture }));

  describe("when the evidence is a good image's, under another name", () => {
    it('refuses it with IMAGE_NAME_MISMATCH', async () => {
      const good = await fixture.stage({ name: 'original' });
      const copy = await fixture.stage({
        name: 'impostor',
        layers: [fixture.baseLayer, Buffer.from('the service original')],
        omit: 'provenance',
      });
      expect(copy.digest).toBe(good.digest);
      const original = (await readBundles(registry, 'staging/original', good.digest)).find(
        ({ descriptor }) => descriptor.annotations?.['dev.sigstore.bundle.predicateType'] === PREDICATES.provenance,
      );
      if (!original || !('bundle' in original)) throw new Error('expected the provenance of the original');
      const { artifactType = '', annotations = {} } = original.descriptor;
      await registry.attach('staging/impostor', copy, {
        artifactType,
        annotations,
        blobs: [{ bytes: Buffer.from(JSON.stringify(original.bundle)), mediaType: artifactType }],
      });
      expect(codes(await fixture.promote(copy, { name: 'impostor' }))).toEqual(['IMAGE_NAME_MISMATCH']);
    });
  });

  describe('when a base image has a name that the policy does not keep for one', () => {
    it('refuses it with NAME_TAKEN where a service is released under it, which stays', async () => {
      const service = await fixture.stage({ name: 'taken' });
      expect(codes(await fixture.promote(service, { name: 'taken' }))).toEqual([]);
      const image = await fixture.publishBase({ name: 'taken' });
      expect(codes(await fixture.promote(image, { name: 'taken' }))).toEqual(['NAME_TAKEN']);
      expect((await registry.resolve('release/taken', 'main')).digest).toBe(service.digest);
    });
    it('allows it where none is, again and again: the policy may be that of the commit before', async () => {
      const image = await fixture.publishBase({ name: 'new-image' });
      expect(codes(await fixture.promote(image, { name: 'new-image' }))).toEqual([]);
      expect(codes(await fixture.promote(image, { name: 'new-image' }))).toEqual([]);
    });
  });

  describe('when it is asked for under a tag', () => {
    const ANOTHER = 'd'.repeat(40);
    it.each<[string, () => Promise<Descriptor>]>([
      ['relabelled', async () => fixture.stage({ name: 'relabelled' })],
      ['toolbox', async () => fixture.publishBase({ name: 'toolbox' })],
    ])('that is a commit which its provenance does not name: refuses %s with TAG_MISMATCH', async (name, stage) => {
      const image = await stage();
      for (const tag of [ANOTHER, 'd'.repeat(64), 'd'.repeat(12), fixture.commit.slice(0, 12)]) {
        expect(codes(await fixture.promote(image, { name, tag }))).toEqual(['TAG_MISMATCH']);
        await expect(registry.resolve(`release/${name}`, tag)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      }
      const { released } = await fixture.promote(image, { name });
      expect(released?.tags).toEqual([fixture.commit, 'main']);
    });
    it('allows the first digits of its digest', async () => {
      const image = await fixture.stage({ name: 'numbered' });
      const tag = hexOf(image.digest).slice(0, 12);
      expect((await fixture.promote(image, { name: 'numbered', tag })).released?.tags).toEqual([tag, 'main']);
    });
    it('allows each commit that came to this image, and none that a foreign key names', async () => {
      const image = await fixture.stage({ name: 'unchanged' });
      const attest = async (commit: string, signer: 'pipeline' | 'image-builder' | 'stranger') => {
        const predicate = serviceProvenance({
          service: 'unchanged',
          repositoryUri: 'https://example.org/seaworthy.git',
          commit,
          parent: { name: 'node', digest: fixture.base().digest },
          lockSha256: 'd'.repeat(64),
          invocationId: 'an earlier run',
          startedOn: new Date(Date.now() - 60_000),
          finishedOn: new Date(Date.now() - 60_000),
        });
        const statement = {
          subject: [{ name: 'staging/unchanged', digest: image.digest }],
          predicateType: PREDICATES.provenance,
          predicate,
        };
        await attachBundle(registry, 'staging/unchanged', image, signStatement({ ...statement, key: fixture.keys[signer].privateKey }));
      };
      for (const signer of ['stranger', 'image-builder'] as const) {
        await attest(ANOTHER, signer);
        expect(codes(await fixture.promote(image, { name: 'unchanged', tag: ANOTHER }))).toEqual(['TAG_MISMATCH']);
      }
      await attest(ANOTHER, 'pipeline');
      for (const tag of [ANOTHER, fixture.commit]) expect(codes(await fixture.promote(image, { name: 'unchanged', tag }))).toEqual([]);
    });
  });

  describe('when there is no such image', () => {
    it('refuses it with IMAGE_UNKNOWN', async () => {
      expect(codes(await fixture.promote({ mediaType: '', digest: digestOf('nothing at all'), size: 0 }))).toEqual(['IMAGE_UNKNOWN']);
    });
    it.each(['../release/x', 'a/b', ''])('takes no other repository than those of staging/: %s', async (name) => {
      await expect(fixture.promote({ mediaType: '', digest: digestOf('x'), size: 0 }, { name })).rejects.toMatchObject({
        code: 'MALFORMED',
      });
    });
  });

  describe('when the registry fails before the tags are set', () => {
    it('leaves the release as it was, and the next try completes it', async () => {
      const first = await fixture.stage({ name: 'steady' });
      await fixture.promote(first, { name: 'steady' });
      const second = await fixture.stage({ name: 'steady', layers: [fixture.baseLayer, Buffer.from('a newer service')] });
      const putManifest = registry.putManifest.bind(registry);
      registry.putManifest = async (repository, reference, ...rest) => {
        if (repository === 'release/steady' && reference === fixture.commit)
          throw Object.assign(new Error('the registry went away'), { code: 'UNREACHABLE' });
        return putManifest(repository, reference, ...rest);
      };
      await expect(fixture.promote(second, { name: 'steady' })).rejects.toThrow('went away');
      registry.putManifest = putManifest;
      for (const tag of [fixture.commit, 'main']) expect((await registry.resolve('release/steady', tag)).digest).toBe(first.digest);
      expect((await fixture.promote(second, { name: 'steady' })).allowed).toBe(true);
      for (const tag of [fixture.commit, 'main']) expect((await registry.resolve('release/steady', tag)).digest).toBe(second.digest);
    });
  });

  it('reads nothing but evidence and configuration of what it refuses', async () => {
    const image = await fixture.stage({ name: 'unread', omit: 'sbom' });
    const read = await blobsReadBy(registry, async () => fixture.promote(image, { name: 'unread' }));
    const { json } = await registry.getImageManifest('staging/unread', image.digest);
    expect(read.filter((digest) => json.layers.some((layer) => layer.digest === digest))).toEqual([]);
    expect(isOciError(await registry.resolve('release/unread', 'main').catch((error: unknown) => error), 'NOT_FOUND')).toBe(true);
  });
}
