import { describe, expect, it } from '@jest/globals';
import { awaitRolledOut, notReady, rolledOut } from '../../src/deploy/fleet/await-rolled-out.ts';
import type { FleetService } from '../../src/platform/fleet.ts';

const WANTED = { catalog: 'new', orders: 'new' };
const DEPLOY = 'this one';

function service(name: string, state: FleetService['progress']['state'], rest: Partial<FleetService> = {}): FleetService {
  return { service: name, revision: 'new', deploy: DEPLOY, progress: { state }, wanted: 2, serving: 2, replicas: [], ...rest };
}

async function outcome(...looks: FleetService[][]) {
  const read = async () => Promise.resolve((looks.length > 1 ? looks.shift() : looks[0]) ?? []);
  return awaitRolledOut(WANTED, { deploy: DEPLOY, read, onProgress: () => undefined, patience: 0 });
}

describe('what came of a deploy', () => {
  it('is nothing to complain of when each service is rolled out', async () => {
    await expect(outcome([service('catalog', 'rolled-out'), service('orders', 'rolled-out')])).resolves.toEqual([]);
  });

  it('names who was rolled back, and why', async () => {
    const back = service('orders', 'rolled-back', { progress: { state: 'rolled-back', reason: 'not ready' } });
    await expect(outcome([service('catalog', 'rolled-out'), back])).resolves.toEqual([
      { service: 'orders', found: 'rolled-back: not ready' },
    ]);
  });

  it('names who was still on the way when patience ended', async () => {
    const failed = await outcome([service('catalog', 'rolled-out'), service('orders', 'rolling-out', { holding: 'the edge is silent' })]);
    expect(failed).toEqual([{ service: 'orders', found: 'rolling-out: the edge is silent' }]);
  });

  it('is not what came of an earlier one, at the same revision: that may have been given up', async () => {
    const stale = service('orders', 'rolled-back', { deploy: 'the one before', progress: { state: 'rolled-back', reason: 'not ready' } });
    const read = [stale, service('orders', 'rolled-out')];
    const failed = awaitRolledOut(
      { orders: 'new' },
      { deploy: DEPLOY, read: async () => [read.shift() ?? stale], onProgress: () => undefined },
    );
    await expect(failed).resolves.toEqual([]);
  });

  it('is waited for when an answer could not be read in between', async () => {
    const read = [async () => Promise.reject(new Error('expected services, found bees')), async () => [service('orders', 'rolled-out')]];
    const came = awaitRolledOut(
      { orders: 'new' },
      { deploy: DEPLOY, read: async () => (await read.shift()?.()) ?? [], onProgress: () => undefined },
    );
    await expect(came).resolves.toEqual([]);
  });

  it('names all, with the reason, when no answer could be read until patience ended', async () => {
    const read = async () => Promise.reject(new Error('expected services, found bees'));
    const failed = await awaitRolledOut({ orders: 'new' }, { deploy: DEPLOY, read, onProgress: () => undefined, patience: 0 });
    expect(failed).toEqual([
      { service: 'orders', found: "not taken up: the fleet's answer cannot be read (expected services, found bees)" },
    ]);
  });

  describe('when the fleet never shows a revision', () => {
    it.each([
      [
        'because it knows the service in another one',
        [service('catalog', 'rolled-out'), service('orders', 'rolled-out', { revision: 'old' })],
      ],
      ['because it does not know the service', [service('catalog', 'rolled-out')]],
    ])('counts it as failed: %s', async (_why, services) => {
      const failed = await outcome(services);
      expect(failed).toEqual([{ service: 'orders', found: expect.stringContaining('not taken up') }]);
      expect(notReady(failed)).toMatchObject({ code: 'FAILED', found: expect.stringContaining('orders is not taken up') });
    });

    it('counts all of them when it does not answer', async () => {
      expect((await outcome([])).map((failed) => failed.service)).toEqual(['catalog', 'orders']);
    });
  });
});

describe('what needs no migration any more', () => {
  const wanted = { catalog: { current: { id: 'new' } }, orders: { current: { id: 'new' } } };

  it('is what serves in the wanted revision', () => {
    expect([...rolledOut(wanted, [service('catalog', 'rolled-out'), service('payments', 'rolled-out')])]).toEqual(['catalog']);
  });
  it.each([
    ['another revision serves', service('catalog', 'rolled-out', { revision: 'old' })],
    ['it is on its way', service('catalog', 'rolling-out')],
    ['it was rolled back', service('catalog', 'rolled-back')],
    ['nothing serves', service('catalog', 'rolled-out', { serving: 0 })],
  ])('is nothing of which %s', (_what, found) => {
    expect([...rolledOut(wanted, [found])]).toEqual([]);
  });
});
