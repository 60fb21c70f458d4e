import { PREDICATES } from '@seaworthy/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { readBundles, verifyImage } from '../../src/index.ts';
import type { Requirement } from '../../src/index.ts';
import type { Harness } from './harness.ts';
import { REPOSITORY, startHarness } from './harness.ts';

const TESTS: Requirement = { predicateType: PREDICATES.testResult, signers: ['pipeline'] };
const PROVENANCE: Requirement = { predicateType: PREDICATES.provenance, signers: ['pipeline', 'image-builder'] };
const PASSED = { result: 'PASSED', configuration: [] };
const BUILT = {
  buildDefinition: { buildType: 'https://example/build', externalParameters: {} },
  runDetails: { builder: { id: 'https://example/builder' } },
};

describe('verifyImage', () => {
  let harness: Harness;

  beforeEach(async () => {
    harness = await startHarness();
  });

  afterEach(async () => harness.stop());

  describe('when all evidence that is required is there', () => {
    it('gives it, without having read a blob of the image', async () => {
      await harness.attest(PREDICATES.provenance, BUILT);
      await harness.attest(PREDICATES.testResult, PASSED);
      const image = await verifyImage({ ...harness.question, requirements: [PROVENANCE, TESTS] });
      expect(image.evidence.map(({ statement }) => statement.predicateType)).toEqual([PREDICATES.provenance, PREDICATES.testResult]);
      expect(harness.imageBlobsRead()).toEqual([]);
    });
  });

  describe('when one kind is missing', () => {
    it('refuses with EVIDENCE_MISSING and says which', async () => {
      await harness.attest(PREDICATES.provenance, BUILT);
      await expect(verifyImage({ ...harness.question, requirements: [PROVENANCE, TESTS] })).rejects.toMatchObject({
        code: 'EVIDENCE_MISSING',
        message: expect.stringContaining(PREDICATES.testResult),
      });
    });
  });

  describe('when evidence of one kind is announced as another', () => {
    it('refuses with EVIDENCE_MISSING: only what was signed counts', async () => {
      await harness.attest(PREDICATES.provenance, BUILT);
      const [stored] = await readBundles(harness.registry, REPOSITORY, harness.image.digest);
      const bytes = Buffer.from(JSON.stringify(stored !== undefined && 'bundle' in stored ? stored.bundle : null));
      await harness.attachRaw(bytes, PREDICATES.testResult);
      await expect(verifyImage({ ...harness.question, requirements: [TESTS] })).rejects.toMatchObject({ code: 'EVIDENCE_MISSING' });
    });
  });

  describe('when a trusted signer signed something that is not what it says', () => {
    it('would refuse to sign it at all', async () => {
      await expect(harness.attest(PREDICATES.testResult, { result: 'FINE' })).rejects.toMatchObject({ code: 'PREDICATE_MALFORMED' });
    });
  });

  describe('when nothing is required', () => {
    it('is a mistake of the caller', async () => {
      await expect(verifyImage({ ...harness.question, requirements: [] })).rejects.toBeInstanceOf(TypeError);
    });
  });
});
