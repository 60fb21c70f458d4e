import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PREDICATES } from '@seaworthy/contracts';
import { createSbom } from '../../src/index.ts';
import { REPOSITORY, startHarness } from '../verify/harness.ts';

describe('bundles that are attached together', () => {
  let harness: Awaited<ReturnType<typeof startHarness>>;
  beforeEach(async () => {
    harness = await startHarness();
  });
  afterEach(() => harness.stop());

  it('are all listed, by two looks at what is there and not one for each', async () => {
    const { registry, image, storage } = harness;
    const predicate = createSbom({ image: 'catalog', digest: image.digest, os: [], npm: [] });
    const attached = await Promise.all(Array.from({ length: 8 }, async () => harness.attest(PREDICATES.sbom, predicate)));
    const listed = await registry.referrers(REPOSITORY, image.digest);
    expect(listed.map(({ digest }) => digest).toSorted()).toEqual(attached.map(({ digest }) => digest).toSorted());
    // each look ends with one that finds nothing missing
    expect(storage.exchanges.filter(({ path }) => path.endsWith('/tags/list')).length).toBeLessThanOrEqual(4);
  });
});
