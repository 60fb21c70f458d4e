import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OciError, referrersTag } from '@seaworthy/oci';
import { signatureTag, verifyRelease } from '@seaworthy/supply-chain';
import { startGatekeeper } from './gatekeeper.fixture.ts';

let gatekeeper: Awaited<ReturnType<typeof startGatekeeper>>;
beforeAll(async () => {
  gatekeeper = await startGatekeeper();
  await gatekeeper.evidence.releaseBase();
});
afterAll(() => gatekeeper.stop());

const COMMIT = 'c'.repeat(40);
const NOWHERE = { repository: 'staging/catalog', digest: `sha256:${'0'.repeat(64)}`, tag: COMMIT };

describe('POST /promotions', () => {
  describe('when the pipeline asks for an image with all evidence', () => {
    it('promotes it, says so, and writes one audit line, in the quietest log as well', async () => {
      const image = await gatekeeper.evidence.stage();
      const answer = await gatekeeper.call('POST', '/promotions', {
        as: 'pipeline',
        body: { repository: 'staging/catalog', digest: image.digest, tag: COMMIT },
      });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({
        allowed: true,
        tier: 'public',
        released: { repository: 'release/catalog', tags: [COMMIT, 'main'] },
      });
      expect((await gatekeeper.registry.resolve('release/catalog', 'main')).digest).toBe(image.digest);
      expect(gatekeeper.audit().at(-1)).toMatchObject({
        msg: 'promotion',
        caller: 'workload:pipeline',
        image: 'catalog',
        digest: image.digest,
        allowed: true,
        tag: COMMIT,
      });
    });
  });

  describe('when evidence is missing', () => {
    it('answers 422 with every reason as a problem, tags nothing, and writes it down', async () => {
      const image = await gatekeeper.evidence.stage({
        name: 'orders',
        omit: 'sbom',
        predicates: { testResult: { result: 'FAILED', configuration: [], failedTests: ['smoke'] } },
      });
      const answer = await gatekeeper.call('POST', '/promotions', {
        as: 'pipeline',
        body: { repository: 'staging/orders', digest: image.digest, tag: COMMIT },
      });
      expect(answer.statusCode).toBe(422);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.json()).toMatchObject({
        type: 'urn:seaworthy:problem:promotion-refused',
        allowed: false,
        reasons: [{ code: 'EVIDENCE_MISSING' }, { code: 'TESTS_FAILED' }],
      });
      await expect(gatekeeper.registry.resolve('release/orders', 'main')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(gatekeeper.audit().at(-1)).toMatchObject({ allowed: false, reasons: ['EVIDENCE_MISSING', 'TESTS_FAILED'] });
    });
  });

  describe.each<[string, { as?: string; roles?: string[] }, number]>([
    ['nobody', {}, 401],
    ['a developer', { as: 'ada', roles: ['developer'] }, 403],
    ['deploy', { as: 'deploy' }, 403],
    ['the gatekeeper itself', { as: 'gatekeeper' }, 403],
    ['a person called pipeline', { as: 'pipeline', roles: [] }, 403],
  ])('when %s asks', (_who, caller, status) => {
    it(`answers ${status}`, async () => {
      expect((await gatekeeper.call('POST', '/promotions', { ...caller, body: NOWHERE })).statusCode).toBe(status);
    });
  });

  describe.each<[string, object]>([
    ['another realm', { ...NOWHERE, repository: 'release/catalog' }],
    ['a path that climbs', { ...NOWHERE, repository: 'staging/../release/catalog' }],
    ['a tag for a digest', { ...NOWHERE, digest: 'main' }],
    ['a tag that is none', { ...NOWHERE, tag: '../x' }],
    ['the tag that moves', { ...NOWHERE, tag: 'main' }],
    ['a field that nobody reads', { ...NOWHERE, force: true }],
    ['nothing', {}],
  ])('when the body has %s', (_what, body) => {
    it('answers 422', async () => {
      const answer = await gatekeeper.call('POST', '/promotions', { as: 'pipeline', body });
      expect([answer.statusCode, answer.json()]).toEqual([
        422,
        expect.objectContaining({ type: 'urn:seaworthy:problem:validation-failed' }),
      ]);
    });
  });

  describe('when a tag is one that the registry keeps evidence under', () => {
    it('answers 422, and what was released can still be verified', async () => {
      const image = await gatekeeper.evidence.stage({ name: 'kept' });
      const ask = async (tag: string) =>
        gatekeeper.call('POST', '/promotions', { as: 'pipeline', body: { repository: 'staging/kept', digest: image.digest, tag } });
      expect((await ask(COMMIT)).statusCode).toBe(200);
      for (const tag of [referrersTag(image.digest), signatureTag(image.digest)]) expect((await ask(tag)).statusCode).toBe(422);
      const question = {
        registry: gatekeeper.registry,
        trust: gatekeeper.evidence.trust,
        repository: 'release/kept',
        digest: image.digest,
      };
      await expect(verifyRelease({ ...question, maxAgeSeconds: 60 })).resolves.toBeDefined();
    });
  });

  describe('when two ask for the same image at once', () => {
    it('gives both the same answer, and one verdict', async () => {
      const image = await gatekeeper.evidence.stage({ name: 'twice' });
      const body = { repository: 'staging/twice', digest: image.digest, tag: COMMIT };
      const answers = await Promise.all([1, 2].map(async () => gatekeeper.call('POST', '/promotions', { as: 'pipeline', body })));
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
      expect(await gatekeeper.registry.referrers('release/twice', image.digest)).toHaveLength(5);
    });
  });

  describe("when the builder's key is revoked while it runs", () => {
    it('refuses what the key signed', async () => {
      const image = await gatekeeper.evidence.stage({ name: 'late' });
      const { pipeline: _revoked, ...signers } = gatekeeper.evidence.trust.signers;
      await writeFile(gatekeeper.trustFile, JSON.stringify({ signers }));
      const answer = await gatekeeper.call('POST', '/promotions', {
        as: 'pipeline',
        body: { repository: 'staging/late', digest: image.digest, tag: COMMIT },
      });
      await writeFile(gatekeeper.trustFile, JSON.stringify(gatekeeper.evidence.trust));
      expect(answer.statusCode).toBe(422);
      expect(answer.body).toContain('SIGNATURE_UNTRUSTED');
    });
  });
});

describe('GET /promotions/:image/:digest', () => {
  it('gives the verdict and alters nothing', async () => {
    const image = await gatekeeper.evidence.stage({ name: 'asked' });
    const ask = async () =>
      (await gatekeeper.call('GET', `/promotions/asked/${image.digest}`, { as: 'ada', roles: ['developer'] })).json<object>();
    expect(await ask()).toMatchObject({ allowed: true, released: false, tier: 'public' });
    await expect(gatekeeper.registry.resolve('release/asked', image.digest)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await gatekeeper.call('POST', '/promotions', {
      as: 'pipeline',
      body: { repository: 'staging/asked', digest: image.digest, tag: COMMIT },
    });
    expect(await ask()).toMatchObject({ allowed: true, released: true });
  });
  it('names the reasons of what would be refused', async () => {
    const image = await gatekeeper.evidence.stage({ name: 'doubtful', omit: 'sbom' });
    const answer = await gatekeeper.call('GET', `/promotions/doubtful/${image.digest}`, { as: 'deploy' });
    expect(answer.json()).toMatchObject({ allowed: false, released: false, reasons: [{ code: 'EVIDENCE_MISSING' }] });
  });
  it('answers 400 to an address that is none', async () => {
    expect((await gatekeeper.call('GET', '/promotions/asked/main', { as: 'deploy' })).statusCode).toBe(400);
  });
});

describe('when the registry fails between the two tags of a promotion', () => {
  it('answers 503 without a word about tags, since one has moved, and moves both the next time', async () => {
    const { registry, evidence } = gatekeeper;
    const image = await evidence.stage({ name: 'halfway' });
    const body = { repository: 'staging/halfway', digest: image.digest, tag: COMMIT };
    const put = registry.putManifest.bind(registry);
    registry.putManifest = async (repository, reference, ...rest) => {
      if (reference === 'main') throw new OciError({ code: 'UNREACHABLE', message: 'expected an answer, found none' });
      return put(repository, reference, ...rest);
    };
    const failed = await gatekeeper.call('POST', '/promotions', { as: 'pipeline', body });
    expect([failed.statusCode, failed.json<{ detail: string }>().detail]).toEqual([503, 'the registry does not answer; try again']);
    expect((await registry.resolve('release/halfway', COMMIT)).digest).toBe(image.digest);
    registry.putManifest = put;
    expect((await gatekeeper.call('POST', '/promotions', { as: 'pipeline', body })).statusCode).toBe(200);
    expect((await registry.resolve('release/halfway', 'main')).digest).toBe(image.digest);
  });
});

describe('when the registry is away', () => {
  it('answers 503, which is no verdict', async () => {
    const other = await startGatekeeper();
    await other.storage.stop();
    const answer = await other.call('POST', '/promotions', { as: 'pipeline', body: NOWHERE });
    expect(answer.statusCode).toBe(503);
    await other.stop().catch(() => undefined);
  });
});
