import { PREDICATES, VERIFIER_ID } from '@seaworthy/contracts';
import type { Descriptor } from '@seaworthy/oci';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { attachBundle, readBundles, releaseUri, signStatement, verifyBundle, verifyImage } from '../../src/index.ts';
import { promotionFixture } from '../promote/promotion.fixture.ts';
import { pushImage, RELEASE, startAgreement } from './agreement.fixture.ts';

const DIGEST = { sha256: '0'.repeat(64) };
const NOW = '2026-11-23T12:00:00Z';

/** Everything that the platform signs: our name of the predicate, cosign's `--type`, and an example. */
const EVIDENCE: { predicateType: string; cosignType: string; predicate: object }[] = [
  {
    predicateType: PREDICATES.provenance,
    cosignType: 'slsaprovenance1',
    predicate: {
      buildDefinition: { buildType: 'https://example/build', externalParameters: {} },
      runDetails: { builder: { id: 'https://example/builder' } },
    },
  },
  { predicateType: PREDICATES.sbom, cosignType: 'cyclonedx', predicate: { bomFormat: 'CycloneDX', specVersion: '1.6', components: [] } },
  { predicateType: PREDICATES.testResult, cosignType: PREDICATES.testResult, predicate: { result: 'PASSED', configuration: [] } },
  {
    predicateType: PREDICATES.vulnerabilities,
    cosignType: PREDICATES.vulnerabilities,
    predicate: { scanner: { uri: 'https://example/scanner', result: [] }, metadata: { scanStartedOn: NOW, scanFinishedOn: NOW } },
  },
  {
    predicateType: PREDICATES.verificationSummary,
    cosignType: PREDICATES.verificationSummary,
    predicate: {
      verifier: { id: VERIFIER_ID },
      timeVerified: NOW,
      resourceUri: releaseUri(RELEASE),
      policy: { digest: DIGEST },
      verificationResult: 'PASSED',
      verifiedLevels: ['SLSA_BUILD_LEVEL_2'],
    },
  },
];
const PROVENANCE = EVIDENCE[0]!;

describe('cosign verify-attestation and our own verifier', () => {
  let agreement: Awaited<ReturnType<typeof startAgreement>>;

  beforeAll(async () => {
    agreement = await startAgreement();
  });

  afterAll(async () => agreement?.stop());

  function sign(subject: Descriptor, { predicateType, predicate }: (typeof EVIDENCE)[number], key = agreement.keys.privateKey) {
    return signStatement({ subject: [{ name: RELEASE, digest: subject.digest }], predicateType, predicate, key });
  }

  /** What each of the two says; they must never differ. */
  async function verdicts(
    image: Descriptor,
    { predicateType, cosignType }: (typeof EVIDENCE)[number],
    key: 'signer' | 'stranger' = 'signer',
  ) {
    const trust = { signers: { pipeline: (key === 'signer' ? agreement.keys : agreement.stranger).publicKey } };
    const question = { registry: agreement.registry, repository: RELEASE, digest: image.digest, trust };
    const ours = await verifyImage({ ...question, requirements: [{ predicateType, signers: ['pipeline'] }] }).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );
    const flags = ['--new-bundle-format', '--insecure-ignore-tlog', '--trusted-root', '/run/test/trusted-root.json'];
    const { exitCode } = await agreement.toolbox.run(
      'cosign',
      'verify-attestation',
      ...flags,
      '--key',
      `/run/test/${key}.pub`,
      '--type',
      cosignType,
      `${agreement.server.host}/${RELEASE}@${image.digest}`,
    );
    return { ours, cosign: exitCode === 0 ? 'accepted' : 'refused' };
  }

  describe('when we signed it', () => {
    let image: Descriptor;

    beforeAll(async () => {
      image = await pushImage(agreement.registry, 'signed');
      for (const evidence of EVIDENCE) await attachBundle(agreement.registry, RELEASE, image, sign(image, evidence));
    });

    it.each(EVIDENCE)('both accept $predicateType', async (evidence) => {
      await expect(verdicts(image, evidence)).resolves.toEqual({ ours: 'accepted', cosign: 'accepted' });
    });

    it('both refuse it by another key', async () => {
      await expect(verdicts(image, PROVENANCE, 'stranger')).resolves.toEqual({ ours: 'SIGNATURE_UNTRUSTED', cosign: 'refused' });
    });

    it('both refuse another image', async () => {
      const unsigned = await pushImage(agreement.registry, 'unsigned');
      await expect(verdicts(unsigned, PROVENANCE)).resolves.toEqual({ ours: 'SIGNATURE_MISSING', cosign: 'refused' });
    });
  });

  describe('when the gatekeeper promoted it', () => {
    let image: Descriptor;

    beforeAll(async () => {
      const fixture = await promotionFixture(agreement.registry, { pipeline: agreement.keys, gatekeeper: agreement.stranger });
      await fixture.releaseBase();
      image = await fixture.stage();
      expect(await fixture.promote(image)).toMatchObject({ allowed: true, released: { repository: RELEASE } });
    });

    it.each(EVIDENCE)('both accept $predicateType in release/, by the key of its own signer alone', async (evidence) => {
      const [own, other] =
        evidence.predicateType === PREDICATES.verificationSummary ? (['stranger', 'signer'] as const) : (['signer', 'stranger'] as const);
      await expect(verdicts(image, evidence, own)).resolves.toEqual({ ours: 'accepted', cosign: 'accepted' });
      await expect(verdicts(image, evidence, other)).resolves.toEqual({ ours: 'SIGNATURE_UNTRUSTED', cosign: 'refused' });
    });
  });

  describe('when the bundle of another image was attached', () => {
    it('both refuse', async () => {
      const [image, other] = [await pushImage(agreement.registry, 'replayed'), await pushImage(agreement.registry, 'original')];
      await attachBundle(agreement.registry, RELEASE, image, sign(other, PROVENANCE));
      await expect(verdicts(image, PROVENANCE)).resolves.toEqual({ ours: 'SUBJECT_MISMATCH', cosign: 'refused' });
    });
  });

  describe('when the statement was altered after it was signed', () => {
    it('both refuse', async () => {
      const image = await pushImage(agreement.registry, 'altered');
      const bundle = sign(image, PROVENANCE);
      const payload = Buffer.from(bundle.dsseEnvelope!.payload, 'base64').toString().replace('example/builder', 'example/thief');
      await attachBundle(agreement.registry, RELEASE, image, {
        ...bundle,
        dsseEnvelope: { ...bundle.dsseEnvelope!, payload: Buffer.from(payload).toString('base64') },
      } as typeof bundle);
      await expect(verdicts(image, PROVENANCE)).resolves.toEqual({ ours: 'SIGNATURE_UNTRUSTED', cosign: 'refused' });
    });
  });

  describe('when junk and a stranger’s evidence lie beside ours', () => {
    it('both accept ours', async () => {
      const image = await pushImage(agreement.registry, 'crowded');
      await attachBundle(agreement.registry, RELEASE, image, sign(image, PROVENANCE, agreement.stranger.privateKey));
      await attachBundle(agreement.registry, RELEASE, image, sign(image, PROVENANCE));
      await agreement.registry.attach(RELEASE, image, {
        artifactType: 'application/junk',
        blobs: [{ bytes: Buffer.from('junk'), mediaType: 'application/junk' }],
      });
      await expect(verdicts(image, PROVENANCE)).resolves.toEqual({ ours: 'accepted', cosign: 'accepted' });
    });
  });

  describe('when cosign signed it', () => {
    it('our verifier finds and verifies the bundle, but does not read its Statement v0.1', async () => {
      const image = await pushImage(agreement.registry, 'by cosign');
      const reference = `${agreement.server.host}/${RELEASE}@${image.digest}`;
      const node = [
        'node',
        '-e',
        'require("node:fs").writeFileSync("/tmp/predicate.json", process.argv[1])',
        JSON.stringify(PROVENANCE.predicate),
      ];
      expect(await agreement.toolbox.run(...node)).toMatchObject({ exitCode: 0 });
      const keyPair = await agreement.toolbox.run('sh', '-c', 'cd /tmp && COSIGN_PASSWORD= cosign generate-key-pair && cat cosign.pub');
      const attest = await agreement.toolbox.run(
        'sh',
        '-c',
        `cd /tmp && COSIGN_PASSWORD= cosign attest --new-bundle-format --tlog-upload=false -y --key cosign.key --type slsaprovenance1 --predicate predicate.json ${reference}`,
      );
      expect(attest).toMatchObject({ exitCode: 0 });
      const publicKey = keyPair.stdout.slice(keyPair.stdout.indexOf('-----BEGIN'));
      const [stored] = await readBundles(agreement.registry, RELEASE, image.digest, PREDICATES.provenance);
      const bundle = stored !== undefined && 'bundle' in stored ? stored.bundle : undefined;
      const verify = (pem: string) => () =>
        verifyBundle(bundle, { trust: { signers: { pipeline: pem } }, signers: ['pipeline'], subject: image.digest });
      expect(verify(publicKey)).toThrow(expect.objectContaining({ code: 'PREDICATE_MALFORMED' }));
      expect(verify(agreement.keys.publicKey)).toThrow(expect.objectContaining({ code: 'SIGNATURE_UNTRUSTED' }));
    });
  });
});
