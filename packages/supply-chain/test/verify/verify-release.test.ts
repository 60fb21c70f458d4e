import { PREDICATES } from '@seaworthy/contracts';
import { referrersTag } from '@seaworthy/oci';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { ReleaseQuestion, VerificationErrorCode } from '../../src/index.ts';
import { generateSigningKeys, releaseUri, signStatement, verifyRelease } from '../../src/index.ts';
import type { Harness } from './harness.ts';
import { NOW, REPOSITORY, startHarness, verdict } from './harness.ts';
import { pagedRegistry } from './paged-registry.ts';

const DAY = 24 * 60 * 60;

describe('verifyRelease', () => {
  let harness: Harness;

  beforeEach(async () => {
    harness = await startHarness();
  });

  afterEach(async () => harness.stop());

  async function verify(changes: Partial<ReleaseQuestion> = {}) {
    return verifyRelease({ ...harness.question, maxAgeSeconds: DAY, now: NOW, ...changes });
  }

  async function expectRefusal(code: VerificationErrorCode, changes: Partial<ReleaseQuestion> = {}) {
    await expect(verify(changes)).rejects.toMatchObject({ name: 'VerificationError', code });
    expect(harness.imageBlobsRead()).toEqual([]);
  }

  describe('when the gatekeeper let the image pass', () => {
    it('gives the verified image, and has read none of its blobs', async () => {
      await harness.promote();
      const image = await verify();
      expect(image).toMatchObject({ repository: REPOSITORY, digest: harness.image.digest, evidence: [{ signer: 'gatekeeper' }] });
      expect(image.manifest.json.layers).toHaveLength(1);
      expect(harness.imageBlobsRead()).toEqual([]);
    });

    it('accepts it with a second key in trust while keys are replaced', async () => {
      await harness.promote();
      const signers = { gatekeeper: [generateSigningKeys().publicKey, harness.keys.gatekeeper.publicKey] };
      await expect(verify({ trust: { signers } })).resolves.toBeDefined();
    });
  });

  describe('when nothing was signed', () => {
    it('refuses with SIGNATURE_MISSING, and the registry served no blob at all', async () => {
      await expectRefusal('SIGNATURE_MISSING');
      expect(harness.storage.exchanges.filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
    });
  });

  describe('when there is evidence, but no verdict', () => {
    it('refuses with EVIDENCE_MISSING', async () => {
      await harness.attest(PREDICATES.testResult, { result: 'PASSED', configuration: [] });
      await expectRefusal('EVIDENCE_MISSING');
    });
  });

  describe('when somebody else signed the verdict', () => {
    it('refuses an unknown key with SIGNATURE_UNTRUSTED', async () => {
      await harness.promote({}, { key: harness.keys.stranger.privateKey });
      await expectRefusal('SIGNATURE_UNTRUSTED');
    });

    it('refuses the pipeline, which is trusted for other things only', async () => {
      await harness.promote({}, { key: harness.keys.pipeline.privateKey });
      await expectRefusal('SIGNATURE_UNTRUSTED');
    });

    it('refuses a stranger who claims the key of the gatekeeper', async () => {
      const genuine = signed(harness, harness.keys.gatekeeper.privateKey);
      const forged = { ...signed(harness, harness.keys.stranger.privateKey), verificationMaterial: genuine.verificationMaterial };
      await harness.attachRaw(Buffer.from(JSON.stringify(forged)), PREDICATES.verificationSummary);
      await expectRefusal('SIGNATURE_UNTRUSTED');
    });
  });

  describe('when the key was revoked after signing', () => {
    it('refuses with SIGNATURE_UNTRUSTED', async () => {
      await harness.promote();
      await expectRefusal('SIGNATURE_UNTRUSTED', { trust: { signers: { gatekeeper: generateSigningKeys().publicKey } } });
      await expectRefusal('SIGNATURE_UNTRUSTED', { trust: { signers: {} } });
    });
  });

  describe('when the statement was altered after signing', () => {
    it('refuses with SIGNATURE_UNTRUSTED', async () => {
      const bundle = signed(harness, harness.keys.gatekeeper.privateKey, { verificationResult: 'FAILED' });
      const payload = Buffer.from(bundle.dsseEnvelope!.payload, 'base64').toString().replace('"FAILED"', '"PASSED"');
      const altered = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: Buffer.from(payload).toString('base64') } };
      await harness.attachRaw(Buffer.from(JSON.stringify(altered)), PREDICATES.verificationSummary);
      await expectRefusal('SIGNATURE_UNTRUSTED');
    });
  });

  describe('when the verdict is about another image', () => {
    it('refuses a replayed bundle with SUBJECT_MISMATCH', async () => {
      const other = await harness.pushImage('another image');
      await harness.promote({}, { subject: other });
      harness.replay(other, harness.image);
      await expectRefusal('SUBJECT_MISMATCH');
    });

    it('refuses a bundle attached here that names another subject with SUBJECT_MISMATCH', async () => {
      const other = await harness.pushImage('another image');
      await harness.promote({}, { about: other });
      await expectRefusal('SUBJECT_MISMATCH');
    });

    it('refuses the same image under another name with SUBJECT_MISMATCH', async () => {
      await harness.promote({ resourceUri: releaseUri('release/orders') });
      await expectRefusal('SUBJECT_MISMATCH');
    });
  });

  describe('when the bundle is none', () => {
    it.each([
      ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
      ['empty', () => Buffer.alloc(0)],
      ['an empty object', () => Buffer.from('{}')],
      ['null', () => Buffer.from('null')],
    ])('refuses what is %s with PREDICATE_MALFORMED', async (_what, change) => {
      const bytes = Buffer.from(JSON.stringify(signed(harness, harness.keys.gatekeeper.privateKey)));
      await harness.attachRaw(change(bytes), PREDICATES.verificationSummary);
      await expectRefusal('PREDICATE_MALFORMED');
    });

    it('refuses a payload that was cut off with SIGNATURE_UNTRUSTED', async () => {
      const bundle = signed(harness, harness.keys.gatekeeper.privateKey);
      const cut = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: bundle.dsseEnvelope!.payload.slice(0, 40) } };
      await harness.attachRaw(Buffer.from(JSON.stringify(cut)), PREDICATES.verificationSummary);
      await expectRefusal('SIGNATURE_UNTRUSTED');
    });
  });

  describe('when junk lies beside the valid verdict', () => {
    it('lets the valid one win, before and after it', async () => {
      await harness.attachRaw(Buffer.from('junk'), PREDICATES.verificationSummary);
      await harness.promote({}, { key: harness.keys.stranger.privateKey });
      await harness.promote();
      await harness.attachRaw(Buffer.from('{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}'), PREDICATES.verificationSummary);
      await harness.promote({ verificationResult: 'FAILED' }, { key: harness.keys.stranger.privateKey });
      await expect(verify()).resolves.toMatchObject({ evidence: [{ signer: 'gatekeeper' }] });
    });
  });

  describe('when somebody who may push gets in the way', () => {
    it('reads no bundle of more than four megabytes: what nobody signed must not fill the memory', async () => {
      await harness.promote({ policy: { uri: 'x'.repeat(5 * 1024 * 1024), digest: { sha256: '0'.repeat(64) } } });
      await expect(verify()).rejects.toMatchObject({ name: 'VerificationError' });
      await harness.promote();
      await expect(verify()).resolves.toMatchObject({ evidence: [{ signer: 'gatekeeper' }] });
    });

    it('finds what is attached after an image has taken the place of the list', async () => {
      await harness.promote();
      const { bytes, descriptor } = await harness.registry.getManifest(REPOSITORY, harness.image.digest);
      await harness.registry.putManifest(REPOSITORY, referrersTag(harness.image.digest), bytes, descriptor.mediaType);
      await expect(verify()).rejects.toMatchObject({ code: 'MALFORMED' });
      await harness.attest(PREDICATES.testResult, { result: 'PASSED', configuration: [] });
      await expect(verify()).resolves.toMatchObject({ evidence: [{ signer: 'gatekeeper' }] });
    });
  });

  describe('when there are two verdicts', () => {
    const earlier = { timeVerified: new Date(NOW.getTime() - 120_000).toISOString() };

    it('lets a later FAILED take back an earlier PASSED', async () => {
      await harness.promote({ verificationResult: 'FAILED' });
      await harness.promote(earlier);
      await expectRefusal('VERDICT_FAILED');
    });

    it('does so where the registry gives the list in pages, and the later one is on the second', async () => {
      await harness.promote(earlier);
      await harness.promote({ verificationResult: 'FAILED' });
      const paged = await pagedRegistry(harness);
      try {
        await expectRefusal('VERDICT_FAILED', { registry: paged.client });
      } finally {
        await paged.stop();
      }
    });

    it('lets a later PASSED stand after an earlier FAILED', async () => {
      await harness.promote();
      await harness.promote({ ...earlier, verificationResult: 'FAILED' });
      await expect(verify()).resolves.toBeDefined();
    });
  });

  describe('when the verdict itself will not do', () => {
    it.each<{ what: string; changes: Parameters<Harness['promote']>[0]; code: VerificationErrorCode }>([
      { what: 'FAILED', changes: { verificationResult: 'FAILED' }, code: 'VERDICT_FAILED' },
      { what: 'of another verifier', changes: { verifier: { id: 'https://elsewhere.example' } }, code: 'SIGNATURE_UNTRUSTED' },
      { what: 'from six minutes ahead', changes: { timeVerified: at(6 * 60) }, code: 'VERDICT_FAILED' },
      { what: 'a day and a second old', changes: { timeVerified: at(-DAY - 1) }, code: 'POLICY_DENIED' },
    ])('refuses one that is $what with $code', async ({ changes, code }) => {
      await harness.promote(changes);
      await expectRefusal(code);
    });

    it.each([at(4 * 60), at(-DAY)])('accepts one of %s: clocks differ, and a limit includes its end', async (timeVerified) => {
      await harness.promote({ timeVerified });
      await expect(verify()).resolves.toBeDefined();
    });

    it('refuses one under another policy with POLICY_DENIED, where one is required', async () => {
      await harness.promote();
      await expectRefusal('POLICY_DENIED', { policyDigest: '0'.repeat(64) });
    });
  });

  describe('when somebody altered the registry’s storage', () => {
    it('refuses another manifest under the digest with DIGEST_MISMATCH', async () => {
      await harness.promote();
      const other = await harness.pushImage('another image');
      const { manifests } = harness.storage;
      manifests.set(`${REPOSITORY}:${harness.image.digest}`, manifests.get(`${REPOSITORY}:${other.digest}`)!);
      await expectRefusal('DIGEST_MISMATCH');
    });

    it('refuses other evidence under its digest with DIGEST_MISMATCH', async () => {
      const stored = await harness.promote();
      const manifest: { layers: { digest: string; size: number }[] } = JSON.parse(
        harness.storage.manifests.get(`${REPOSITORY}:${stored.digest}`)!.bytes.toString(),
      );
      harness.storage.blobs.set(manifest.layers[0]!.digest, Buffer.alloc(manifest.layers[0]!.size));
      await expectRefusal('DIGEST_MISMATCH');
    });
  });

  describe('when the registry does not answer', () => {
    it('says so, and not that something is missing', async () => {
      await harness.promote();
      await harness.storage.stop();
      await expect(verify()).rejects.toMatchObject({ name: 'OciError', code: 'UNREACHABLE' });
      harness = await startHarness();
    });
  });
});

function signed(harness: Harness, key: string, changes: Parameters<typeof verdict>[0] = {}) {
  const subject = [{ name: REPOSITORY, digest: harness.image.digest }];
  return signStatement({ subject, predicateType: PREDICATES.verificationSummary, predicate: verdict(changes), key });
}

function at(seconds: number): string {
  return new Date(NOW.getTime() + seconds * 1000).toISOString();
}
