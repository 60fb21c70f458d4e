import { describe, expect, it } from '@jest/globals';
import { runDrill } from '../../drill.ts';
import type { DrillPlatform } from '../../platform.ts';
import { drill } from './drill.ts';

const ADDRESSES = ['10.0.0.1', '10.0.0.2'];
const ROLLED_BACK = { service: 'catalog', kind: 'progress', detail: 'rolled-back: not ready 20.1 s after its start' };

/** A platform with two replicas that serve all the time; `found`: what deploy says of catalog; `events`: what the fleet tells. */
function platform(found: string, events: object[], time = Date.now() + 60_000): DrillPlatform {
  const replica = (address: string) => ({
    State: 'running',
    Created: 0,
    NetworkSettings: { Networks: { n: { IPAddress: address } } },
  });
  return {
    docker: { listContainers: async () => ADDRESSES.map(replica) },
    edgeServers: async () => ADDRESSES.map((address) => ({ address, status: 'UP', since: 0 })),
    edge: async () => new Response('[]'),
    workload: () => async () => 'token',
    fetch: async () => Response.json({ events: events.map((event) => ({ time: new Date(time).toISOString(), ...event })) }),
    rollOut: async () => {
      throw Object.assign(new Error('The new replicas of catalog do not get ready'), { found });
    },
  } as unknown as DrillPlatform;
}

/** A platform without a fleet: one replica after the other is another one, and gets ready. */
function platformThatGetsReady(): DrillPlatform {
  let up = ADDRESSES;
  const looks: (() => void)[] = [];
  return {
    ...platform('', []),
    hasFleet: async () => false,
    edgeServers: async () => {
      looks.shift()?.();
      return up.map((address) => ({ address, status: 'UP', since: 0 }));
    },
    rollOut: async () => {
      up = ADDRESSES.slice(1);
      for (const _ of ['begun', 'seen']) await new Promise<void>((looked) => looks.push(looked));
      up = ADDRESSES;
    },
  } as unknown as DrillPlatform;
}

describe('a version that never gets ready', () => {
  const outcome = async (...given: Parameters<typeof platform>) => runDrill('never-ready-version', drill, platform(...given), 'present');

  it('is refused when the fleet has rolled it back, and says so', async () => {
    expect(await outcome('catalog is rolled-back: not ready', [ROLLED_BACK])).toMatchObject({ passed: true, code: 'ROLLED_BACK' });
  });
  it.each<[string, ...Parameters<typeof platform>]>([
    ['deploy put the old one back, after it had waited for the fleet', 'catalog is rolling-out: no reason given', [ROLLED_BACK]],
    ['the fleet tells nothing of it', 'catalog is rolled-back: not ready', []],
    ['the fleet tells it of another service', 'catalog is rolled-back: not ready', [{ ...ROLLED_BACK, service: 'orders' }]],
    ['the fleet tells of another time', 'catalog is rolled-back: not ready', [ROLLED_BACK], Date.now() - 60_000],
  ])('is no proof when %s', async (_what, ...given) => {
    expect(await outcome(...given)).toMatchObject({
      passed: false,
      outcome: 'error',
      reason: expect.stringContaining('expected the fleet'),
    });
  });
  it('proves nothing by a copy in which it gets ready', async () => {
    expect(await runDrill('never-ready-version', drill, platformThatGetsReady(), 'removed')).toMatchObject({
      outcome: 'error',
      reason: expect.stringContaining('the end of catalog'),
    });
  });
});
