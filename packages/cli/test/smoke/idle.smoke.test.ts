import { describe, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import { setTimeout as sleep } from 'node:timers/promises';
import { unframe } from '../../src/engine/run-once.ts';
import { findEngine } from '../../src/host/engine/engine.ts';
import { listContainers } from '../../src/host/platform-objects.ts';
import { instance } from './ask.ts';

const WATCHED_MS = 6_000;
/** Of catalog, orders and payments, each every 3 s, and as often again for what may happen. At each look it would be 20 times as many. */
const MOST_LISTS = 12;

describe('a platform that nobody uses', () => {
  it('is left alone by the fleet, but for a look at the engine now and then', async () => {
    const { engine } = await findEngine();
    if (!engine) throw new Error('expected an engine, found none; run npm run doctor');
    const filter = (await listContainers(engine, instance.project)).find(({ service }) => service === 'engine-filter');
    const since = Math.floor(Date.now() / 1000);
    await sleep(WATCHED_MS);
    const log = await new Docker({ socketPath: engine.socketPath })
      .getContainer(filter?.id ?? '')
      .logs({ stdout: true, stderr: true, since });
    const asked = unframe(log)
      .split('\n')
      .filter((line) => line.includes('"client":"fleet"') && line.includes('"url":"/containers/json'));
    expect(asked).not.toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(MOST_LISTS);
  });
});
