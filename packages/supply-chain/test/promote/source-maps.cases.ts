import { PREDICATES } from '@seaworthy/contracts';
import { digestOf, isImageManifest, type Descriptor, type RegistryClient } from '@seaworthy/oci';
import { describe, expect, it } from '@jest/globals';
import { attachBundle, findSourceMaps, serviceProvenance, signStatement, SOURCE_MAPS_TYPE } from '../../src/index.ts';
import { blobsReadBy, codes, type Fixture } from './promotion.fixture.ts';

/** What becomes of source maps that lie beside a candidate. */
export function describeSourceMaps(started: () => { registry: RegistryClient; fixture: Fixture }): void {
  describe('when there are source maps beside it', () => {
    const [named, other] = [Buffer.from('maps of this build'), Buffer.from('maps that somebody put there')];
    /** The artifacts in a repository that say that they are source maps, and the blob of each. */
    const mapsIn = async (repository: string, { digest }: Descriptor): Promise<Record<string, string | undefined>> => {
      const { registry } = started();
      const found = await registry.referrers(repository, digest, SOURCE_MAPS_TYPE);
      const entries = found.map(async (artifact) => {
        const { json } = await registry.getManifest(repository, artifact.digest);
        return [artifact.digest, isImageManifest(json) ? json.layers[0]?.digest : undefined] as const;
      });
      return Object.fromEntries(await Promise.all(entries));
    };

    it('has those that its provenance names in its release, as the same artifact, and no others', async () => {
      const { registry, fixture } = started();
      const image = await fixture.stage({ name: 'mapped', sourceMaps: named, attachedMaps: [other, named] });
      expect(codes(await fixture.promote(image, { name: 'mapped' }))).toEqual([]);
      const [staged, released] = [await mapsIn('staging/mapped', image), await mapsIn('release/mapped', image)];
      expect(Object.values(released)).toEqual([digestOf(named)]);
      expect(staged).toMatchObject(released);
      expect(Object.values(staged)).toHaveLength(2);
      const maps = { digest: digestOf(named), size: named.length };
      expect(await registry.getBlobBytes('release/mapped', maps)).toEqual(named);

      expect((await fixture.promote(image, { name: 'mapped' })).allowed).toBe(true);
      expect(await mapsIn('release/mapped', image)).toEqual(released);
    });

    it('has none in its release when its provenance names none', async () => {
      const { registry, fixture } = started();
      const image = await fixture.stage({ name: 'unmapped', attachedMaps: [other] });
      expect((await fixture.promote(image, { name: 'unmapped' })).allowed).toBe(true);
      expect(await mapsIn('release/unmapped', image)).toEqual({});
      const question = { registry, trust: fixture.trust, repository: 'release/unmapped', digest: image.digest };
      expect(await findSourceMaps(question)).toEqual({ maps: undefined, commit: fixture.commit });
    });

    it('is refused when those that its provenance names are not there', async () => {
      const { registry, fixture } = started();
      const lost = Buffer.from('maps that the registry has lost');
      const image = await fixture.stage({ name: 'robbed', sourceMaps: lost, attachedMaps: [other] });
      const { allowed, reasons } = await fixture.promote(image, { name: 'robbed' });
      expect({ allowed, reasons }).toMatchObject({
        allowed: false,
        reasons: [{ code: 'EVIDENCE_MISSING', message: expect.stringContaining(digestOf(lost)) }],
      });
      await expect(registry.resolve('release/robbed', 'main')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('has those that its newest provenance names, whichever is attached last', async () => {
      const { registry, fixture } = started();
      const newer = Buffer.from('maps of the next build');
      const image = await fixture.stage({ name: 'rebuilt', sourceMaps: named, attachedMaps: [named, newer] });
      const at = (hours: number, content: Buffer) =>
        signStatement({
          subject: [{ name: 'staging/rebuilt', digest: image.digest }],
          predicateType: PREDICATES.provenance,
          predicate: serviceProvenance({
            service: 'rebuilt',
            repositoryUri: 'https://example.org/seaworthy.git',
            commit: String(hours + 2).repeat(40),
            parent: { name: 'node', digest: fixture.base().digest },
            lockSha256: 'd'.repeat(64),
            sourceMaps: { digest: digestOf(content), size: content.length },
            invocationId: 'run-2',
            startedOn: new Date(),
            finishedOn: new Date(Date.now() + hours * 60_000),
          }),
          key: fixture.keys.pipeline.privateKey,
        });
      for (const bundle of [at(1, newer), at(-1, other)]) await attachBundle(registry, 'staging/rebuilt', image, bundle);
      expect(codes(await fixture.promote(image, { name: 'rebuilt' }))).toEqual([]);
      expect(Object.values(await mapsIn('release/rebuilt', image))).toEqual([digestOf(newer)]);
      const question = { registry, trust: fixture.trust, repository: 'release/rebuilt', digest: image.digest };
      expect(await findSourceMaps(question)).toMatchObject({ maps: { digest: digestOf(newer) }, commit: '3'.repeat(40) });
    });

    it('is judged and promoted without anybody reading them where the registry can mount', async () => {
      const { registry, fixture } = started();
      const image = await fixture.stage({ name: 'heavy', sourceMaps: Buffer.from('maps that are large') });
      const read = await blobsReadBy(registry, async () => fixture.promote(image, { name: 'heavy' }));
      expect(read).not.toEqual([]);
      expect(read).not.toContain(digestOf('maps that are large'));
    });
  });
}
