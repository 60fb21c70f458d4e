import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EngineClient } from '../src/engine/engine.client.ts';
import { EngineError } from '../src/engine/engine.error.ts';
import { PackagesCache } from '../src/jobs/packages.cache.ts';

const HASH = 'a'.repeat(64);
const VOLUME = 'demo.pipeline.packages-aaaaaaaaaaaa.cache.packages';

describe('the packages of a lockfile', () => {
  let cache: PackagesCache;
  let removed: string[];
  let endOf: () => Promise<{ exitCode: number; wasOutOfMemory: boolean } | undefined>;
  beforeEach(async () => {
    removed = [];
    endOf = async () => undefined;
    const engine = {
      createVolume: async () => undefined,
      createContainer: async () => 'keeper',
      start: async () => undefined,
      endOf: async () => endOf(),
      removeContainer: async () => undefined,
      removeVolume: async (name: string) => void removed.push(name),
    };
    cache = new PackagesCache({ engine: engine as unknown as EngineClient, image: 'toolbox', project: 'demo' });
    await cache.fill(HASH, '1g', async () => undefined);
  });

  it('are there for the next run of the same lockfile alone', async () => {
    expect(await cache.find(HASH)).toBe(VOLUME);
    expect(await cache.find('b'.repeat(64))).toBeUndefined();
  });

  it.each([
    ['has ended', async () => ({ exitCode: 137, wasOutOfMemory: true })],
    ['was taken away', async () => Promise.reject(new EngineError({ code: 'NOT_FOUND', status: 404, message: 'no such container' }))],
  ])('are fetched anew when what holds them %s', async (_how, end) => {
    endOf = end;
    expect(await cache.find(HASH)).toBeUndefined();
    expect(removed).toEqual([VOLUME]);
    expect(cache.name).toBeUndefined();
  });

  it('stay when the engine does not tell of what holds them', async () => {
    endOf = async () => Promise.reject(new EngineError({ code: 'UNREACHABLE', status: 0, message: 'silence' }));
    await expect(cache.find(HASH)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    endOf = async () => undefined;
    expect(await cache.find(HASH)).toBe(VOLUME);
  });
});
