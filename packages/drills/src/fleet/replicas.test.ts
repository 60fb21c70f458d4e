import { describe, expect, it } from '@jest/globals';
import type { DrillPlatform } from '../platform.ts';
import { awaitOwn } from './replicas.ts';

const OWN = '10.0.0.1';
const STAND_IN = '10.0.0.9';

/** A platform with one replica, of whose edge these are the answers, one after the other, the last one for ever. */
function platform(...answers: (readonly [address: string, status: string])[][]): { platform: DrillPlatform; left: () => number } {
  const rest = [...answers];
  const docker = { listContainers: async () => [{ NetworkSettings: { Networks: { n: { IPAddress: OWN } } } }] };
  const edgeServers = async () => (rest.length > 1 ? rest.shift() : rest[0])?.map(([address, status]) => ({ address, status, since: 0 }));
  return { platform: { docker, edgeServers } as unknown as DrillPlatform, left: () => rest.length };
}

describe('whether the edge sends requests to replicas alone', () => {
  it('is so at once where nobody stood in', async () => {
    const { platform: demo, left } = platform([[OWN, 'UP']], [[STAND_IN, 'UP']]);
    await awaitOwn(demo, 'orders');
    expect(left()).toBe(1);
  });
  it.each(['UP', 'UP 1/2'])('is waited for while one that stood in is %s', async (status) => {
    const both: (readonly [string, string])[] = [
      [OWN, 'UP'],
      [STAND_IN, status],
    ];
    const { platform: demo, left } = platform(both, both, [
      [OWN, 'UP'],
      [STAND_IN, 'DOWN'],
    ]);
    await awaitOwn(demo, 'orders');
    expect(left()).toBe(1);
  });
});
