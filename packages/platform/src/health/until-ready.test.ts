import { describe, expect, it } from '@jest/globals';
import { HealthRegistry } from './health-registry.ts';
import { Lifecycle } from './lifecycle.ts';
import { untilReady } from './until-ready.ts';

describe('a service that waits until it is ready', () => {
  const away = async (): Promise<void> => {
    throw new Error('away');
  };

  it('is so when all that is required is there at the same time, whatever else is away', async () => {
    const registry = new HealthRegistry();
    let asked = 0;
    registry.register({
      name: 'postgres',
      kind: 'required',
      check: async () => {
        asked += 1;
        if (asked < 3) await away();
      },
    });
    registry.register({ name: 'certificate', kind: 'required', check: () => undefined });
    registry.register({ name: 'valkey', kind: 'optional', check: away });
    expect(await untilReady(registry, new Lifecycle())).toBe(true);
    expect(asked).toBe(3);
  });

  it('waits no longer when it ends before', async () => {
    const registry = new HealthRegistry();
    const lifecycle = new Lifecycle();
    registry.register({
      name: 'postgres',
      kind: 'required',
      check: async () => {
        lifecycle.drain();
        await away();
      },
    });
    expect(await untilReady(registry, lifecycle)).toBe(false);
  });
});
