import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestOf, RegistryClient } from '@seaworthy/oci';
import { SOURCE_MAPS_LIMIT } from '@seaworthy/supply-chain';
import { promotionFixture } from '@seaworthy/supply-chain/promotion-fixture';
import { MemoryRegistry } from '@seaworthy/testing/memory-registry';
import { mapTrace } from '../../src/trace/map-trace.ts';
import { releasedMaps } from '../../src/trace/released-maps.ts';
import { ShippedBundle } from '../../src/trace/shipped-bundle.ts';

/** The first place of the first line leads to the third of the second. */
const MAP = { version: 3, sources: ['apps/catalog/src/main.ts'], names: [], mappings: 'AACE' };
const archive = (content: unknown): Buffer => gzipSync(JSON.stringify(content));

describe('the source maps of a release', () => {
  let storage: MemoryRegistry;
  let registry: RegistryClient;
  let fixture: Awaited<ReturnType<typeof promotionFixture>>;
  beforeEach(async () => {
    storage = await MemoryRegistry.start();
    registry = new RegistryClient({ baseUrl: 'http://registry', socketPath: storage.socketPath });
    fixture = await promotionFixture(registry);
    await fixture.releaseBase();
  });
  afterEach(async () => {
    await registry.close();
    await storage.stop();
  });

  const release = async (sourceMaps?: Buffer) => {
    const image = await fixture.stage(sourceMaps === undefined ? {} : { sourceMaps });
    expect(await fixture.promote(image)).toMatchObject({ allowed: true });
    return image;
  };
  const read = async (reference = 'main', trust = fixture.trust) => releasedMaps({ registry, trust }, 'catalog', reference);

  it('lead from its bundles to the source, by tag, commit and digest, and say whose they are', async () => {
    const { digest } = await release(archive({ '/app/service.js': MAP, '/app/jobs/fetch.js': MAP }));
    for (const reference of ['main', fixture.commit, fixture.commit.slice(0, 12), digest]) {
      const maps = await read(reference);
      expect(maps.about).toBe(
        `release/catalog@${digest.slice(0, 19)}, verified; its source maps are of commit ${fixture.commit.slice(0, 12)}`,
      );
      const text = 'at a (/app/service.js:1:1)\nat b (/app/jobs/fetch.js:1:1)\nat c (/app/other.js:1:1)';
      expect(mapTrace(text, new ShippedBundle(maps))).toEqual({
        text: 'at a (apps/catalog/src/main.ts:2:3)\nat b (apps/catalog/src/main.ts:2:3)\nat c (/app/other.js:1:1)',
        mapped: 2,
        unmapped: 1,
      });
    }
  });

  it('are refused when they were altered in the registry', async () => {
    const maps = archive({ '/app/service.js': MAP });
    await release(maps);
    storage.blobs.set(digestOf(maps), Buffer.alloc(maps.length));
    await expect(read()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('are not believed of what nobody let pass', async () => {
    const { digest } = await release(archive({ '/app/service.js': MAP }));
    const { gatekeeper: _gone, ...signers } = fixture.trust.signers;
    await expect(read(digest, { signers })).rejects.toMatchObject({ code: 'SIGNATURE_UNTRUSTED' });
  });

  it('are missed in a release of before, and what to do is said', async () => {
    await release();
    await expect(read()).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringMatching(/no source maps of release\/catalog@sha256:/),
      remedy: expect.stringContaining('npm start'),
    });
  });

  it.each(['trace.txt', 'f'.repeat(40), 'f'.repeat(12), `sha256:${'0'.repeat(64)}`, '../main'])(
    'are of no release that there is not: %s',
    async (reference) => {
      await release(archive({ '/app/service.js': MAP }));
      await expect(read(reference)).rejects.toMatchObject({
        code: 'USAGE',
        expected: expect.stringContaining('a commit'),
        found: reference,
        remedy: expect.stringContaining('FILE'),
      });
    },
  );

  it('are of none of several whose commits begin alike', async () => {
    const descriptor = await release(archive({ '/app/service.js': MAP }));
    const { bytes } = await registry.getManifest('release/catalog', descriptor.digest);
    const other = `${fixture.commit.slice(0, 8)}${'0'.repeat(32)}`;
    await registry.putManifest('release/catalog', other, bytes, descriptor.mediaType);
    await expect(read(fixture.commit.slice(0, 8))).rejects.toMatchObject({ code: 'USAGE', found: expect.stringContaining('2 commits') });
  });

  it('are refused when the archive is none', async () => {
    await release(Buffer.from('maps'));
    await expect(read()).rejects.toMatchObject({ code: 'FAILED', message: expect.stringMatching(/of release\/catalog@.* cannot be read/) });
  });

  it('are not read when they are larger than source maps may be', async () => {
    await release(Buffer.alloc(SOURCE_MAPS_LIMIT + 1));
    storage.exchanges.length = 0;
    await expect(read()).rejects.toMatchObject({ code: 'MALFORMED', message: expect.stringContaining(String(SOURCE_MAPS_LIMIT)) });
    expect(storage.exchanges.filter(({ path }) => path.endsWith(digestOf(Buffer.alloc(SOURCE_MAPS_LIMIT + 1))))).toEqual([]);
  });
});
