import { OciError, RegistryClient } from '@seaworthy/oci';
import { MemoryRegistry } from '@seaworthy/testing/memory-registry';
import { describe, expect, it } from '@jest/globals';
import { verifyRelease } from '../../src/index.ts';
import { describePromotion } from './promotion.cases.ts';
import { promotionFixture } from './promotion.fixture.ts';

describe('promote', () => {
  describePromotion(async () => {
    const storage = await MemoryRegistry.start();
    const registry = new RegistryClient({ baseUrl: 'http://registry', socketPath: storage.socketPath });
    return {
      registry,
      stop: async () => {
        await registry.close();
        await storage.stop();
      },
    };
  });
});

describe('promote, when an image was altered in the storage of the registry', () => {
  it.each(['manifest', 'configuration'] as const)('refuses with DIGEST_MISMATCH: %s', async (part) => {
    const storage = await MemoryRegistry.start();
    const registry = new RegistryClient({ baseUrl: 'http://registry', socketPath: storage.socketPath });
    const fixture = await promotionFixture(registry);
    const image = await fixture.stage();
    const key = `staging/catalog:${image.digest}`;
    const stored = storage.manifests.get(key);
    if (!stored) throw new Error('expected the manifest in storage');
    const { config } = JSON.parse(stored.bytes.toString()) as { config: { digest: string; size: number } };
    if (part === 'manifest')
      storage.manifests.set(key, { ...stored, bytes: Buffer.from(stored.bytes.toString().replace('"schemaVersion"', ' "schemaVersion"')) });
    else storage.blobs.set(config.digest, Buffer.alloc(config.size, ' '));
    const { allowed, reasons } = await fixture.promote(image);
    expect([allowed, reasons.map(({ code }) => code)]).toEqual([false, ['DIGEST_MISMATCH']]);
    await registry.close();
    await storage.stop();
  });
});

describe('promote, when the registry fails between the two tags', () => {
  it('has set the first, on an image that can be verified, and sets both the next time', async () => {
    const storage = await MemoryRegistry.start();
    const registry = new RegistryClient({ baseUrl: 'http://registry', socketPath: storage.socketPath });
    const fixture = await promotionFixture(registry);
    await fixture.releaseBase();
    const image = await fixture.stage();
    const tagged = async () =>
      Promise.all(
        [fixture.commit, 'main'].map(async (tag) =>
          registry.resolve('release/catalog', tag).then(
            ({ digest }) => digest,
            () => undefined,
          ),
        ),
      );
    const put = registry.putManifest.bind(registry);
    registry.putManifest = async (repository, reference, ...rest) => {
      if (reference === 'main') throw new OciError({ code: 'UNREACHABLE', message: 'expected an answer, found none' });
      return put(repository, reference, ...rest);
    };
    await expect(fixture.promote(image)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(await tagged()).toEqual([image.digest, undefined]);
    const question = { registry, trust: fixture.trust, repository: 'release/catalog', digest: image.digest, maxAgeSeconds: 60 };
    await expect(verifyRelease(question)).resolves.toBeDefined();
    registry.putManifest = put;
    expect((await fixture.promote(image)).allowed).toBe(true);
    expect(await tagged()).toEqual([image.digest, image.digest]);
    await registry.close();
    await storage.stop();
  });
});
