import { describe, expect, it } from '@jest/globals';
import type { DrillPlatform } from '../src/platform.ts';
import { restartContainer } from '../src/restart-container.ts';

describe('a store that is restarted', () => {
  it('is found, and started, also where a killed drill has left it stopped', async () => {
    const done: string[] = [];
    const container = { stop: async () => done.push('stop'), start: async () => done.push('start') };
    const docker = {
      listContainers: async ({ all = false }) => (all ? [{ Id: 'a', State: 'exited' }] : []),
      getContainer: () => container,
    };
    const undoable = async (change: () => Promise<unknown>, undo: () => Promise<unknown>) => {
      await change();
      return undo;
    };
    await restartContainer({ project: 'p', docker, undoable } as unknown as DrillPlatform, 'nats', 0);
    expect(done).toEqual(['start']);
  });
});
