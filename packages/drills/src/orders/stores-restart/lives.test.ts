import { describe, expect, it } from '@jest/globals';
import type { DrillPlatform } from '../../platform.ts';
import { endedSince, lives } from './lives.ts';

type Replicas = Readonly<Record<string, string>>;

/** A platform that has these replicas of orders, by the moment of their last start, and whose fleet removed some. */
function platformWith(started: Replicas, removed: Replicas = {}): DrillPlatform {
  const events = Object.entries(removed).map(([replica, code]) => {
    const time = new Date().toISOString();
    return { time, service: 'orders', kind: 'removed', replica, code, detail: '' };
  });
  return {
    project: 'harbour',
    workload: () => async () => 'a token',
    fetch: async () => Response.json({ events }),
    docker: {
      listContainers: async ({ filters }: { filters: { label: string[] } }) =>
        filters.label.includes('com.docker.compose.service=orders')
          ? Object.keys(started).map((id) => ({ Id: id, Names: [`/${id}`] }))
          : [],
      getContainer: (id: string) => ({ inspect: async () => ({ State: { StartedAt: started[id] } }) }),
    },
  } as unknown as DrillPlatform;
}

describe('the lives of replicas', () => {
  it.each<[string, Replicas, Replicas, string[]]>([
    ['go on', { 'orders-1': 'noon' }, {}, []],
    ['end with a start', { 'orders-1': 'one' }, {}, ['orders-1 started anew']],
    ['end by the fleet, which says why', { 'orders-2': 'one' }, { 'orders-1': 'FAILING' }, ['orders-1 FAILING']],
    ['end by nobody that is known', {}, {}, ['orders-1 gone']],
    ['end because the load wants fewer, which is no harm', {}, { 'orders-1': 'SCALE_DOWN' }, []],
  ])('%s', async (_what, after, removed, ended) => {
    const before = await lives(platformWith({ 'orders-1': 'noon' }));
    expect(await endedSince(platformWith(after, removed), before, 0)).toEqual(ended);
  });
});
