import { PREDICATES, type PredicateName } from '@seaworthy/contracts';
import type { RegistryClient } from '@seaworthy/oci';
import { describe, expect, it } from '@jest/globals';
import { attachBundle, readBundles, signStatement } from '../../src/index.ts';
import { CHECKS, codes, scanned, type Fixture } from './promotion.fixture.ts';

/** Which of two counts, where a candidate has evidence of one kind twice. */
export function describeNewerEvidence(started: () => { registry: RegistryClient; fixture: Fixture }): void {
  describe('when there is newer evidence of a kind', () => {
    const at = (hoursAgo: number) => new Date(Date.now() - hoursAgo * 3_600_000);
    const tested = (result: 'PASSED' | 'FAILED', finishedOn?: Date) => ({
      result,
      configuration: [],
      passedTests: CHECKS,
      ...(finishedOn ? { finishedOn: finishedOn.toISOString() } : {}),
    });
    let counter = 0;
    /** One after the other: the registry lists the last one last, whatever it says. */
    const refusedAfter = async (predicate: PredicateName, older: unknown, newer: unknown) => {
      counter += 1;
      const { registry, fixture } = started();
      const name = `again-${counter}`;
      const repository = `staging/${name}`;
      const image = await fixture.stage({ name, predicates: { [predicate]: older } });
      const [old] = await readBundles(registry, repository, image.digest, PREDICATES[predicate]);
      if (!old || !('bundle' in old)) throw new Error(`expected the older ${predicate}`);
      const bundle = signStatement({
        subject: [{ name: repository, digest: image.digest }],
        predicateType: PREDICATES[predicate],
        predicate: newer,
        key: fixture.keys.pipeline.privateKey,
      });
      await attachBundle(registry, repository, image, bundle);
      const before = codes(await fixture.promote(image, { name }));
      const { artifactType = '', annotations } = old.descriptor;
      await registry.attach(repository, image, {
        artifactType,
        annotations: { ...annotations, 'org.opencontainers.image.created': at(-1).toISOString() },
        blobs: [{ bytes: Buffer.from(JSON.stringify(old.bundle)), mediaType: artifactType }],
      });
      return [before, codes(await fixture.promote(image, { name }))];
    };

    it('is judged by it, though the older is attached once more', async () => {
      const found = await refusedAfter('vulnerabilities', scanned({ at: at(2) }), scanned({ at: at(1), severity: 'critical' }));
      expect(found).toEqual([['VULNERABILITY_TOO_SEVERE'], ['VULNERABILITY_TOO_SEVERE']]);
      const failed = await refusedAfter('testResult', tested('PASSED', at(2)), tested('FAILED', at(1)));
      expect(failed).toEqual([['TESTS_FAILED'], ['TESTS_FAILED']]);
    });
    it('is judged by the newer where that is better', async () => {
      expect(await refusedAfter('vulnerabilities', scanned({ at: at(2), severity: 'critical' }), scanned({ at: at(1) }))).toEqual([[], []]);
      expect(await refusedAfter('testResult', tested('FAILED', at(2)), tested('PASSED', at(1)))).toEqual([[], []]);
    });
    it('is judged by the worst where none says when it was made', async () => {
      for (const order of [['PASSED', 'FAILED'] as const, ['FAILED', 'PASSED'] as const])
        expect(await refusedAfter('testResult', tested(order[0]), tested(order[1]))).toEqual([['TESTS_FAILED'], ['TESTS_FAILED']]);
      expect(await refusedAfter('testResult', tested('FAILED'), tested('PASSED', at(1)))).toEqual([[], []]);
    });
  });
}
