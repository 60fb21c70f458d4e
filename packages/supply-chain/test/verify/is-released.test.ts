import { RegistryClient } from '@seaworthy/oci';
import type { Descriptor } from '@seaworthy/oci';
import { MemoryRegistry } from '@seaworthy/testing/memory-registry';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isReleased } from '../../src/index.ts';
import { promotionFixture } from '../promote/promotion.fixture.ts';
import type { Fixture } from '../promote/promotion.fixture.ts';

describe('isReleased', () => {
  let storage: MemoryRegistry;
  let registry: RegistryClient;
  let fixture: Fixture;
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

  const stage = async (content: string): Promise<Descriptor> => fixture.stage({ layers: [fixture.baseLayer, Buffer.from(content)] });
  const ask = async ({ digest }: Descriptor): Promise<boolean> =>
    isReleased({ registry, trust: fixture.trust }, { name: 'catalog', digest });

  it('is true of what was released last, and false of what was never', async () => {
    const image = await stage('one');
    expect(await ask(image)).toBe(false);
    await fixture.promote(image);
    expect(await ask(image)).toBe(true);
  });

  it('is false of an image whose name another took since, though its verdict is good, and true once it is promoted again', async () => {
    const [one, two] = [await stage('one'), await stage('two')];
    for (const image of [one, two]) await fixture.promote(image);
    expect([await ask(one), await ask(two)]).toEqual([false, true]);
    await fixture.promote(one);
    expect([await ask(one), await ask(two)]).toEqual([true, false]);
  });

  it('answers nothing without the registry', async () => {
    const image = await stage('one');
    await storage.stop();
    await expect(ask(image)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    storage = await MemoryRegistry.start();
  });
});
