import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ServiceKeeper } from '../src/control/service.keeper.ts';
import type { FleetEvent } from '../src/events/event.ts';
import { EventLog } from '../src/events/event.log.ts';
import { ComposeDriver } from '../src/drive/compose/compose.driver.ts';
import { EngineError } from '../src/drive/compose/engine.error.ts';
import { Replicas } from '../src/drive/compose/replicas.ts';
import type { EdgeServer, EdgeView } from '../src/drive/edge/edge.stats.ts';
import { DESIRED, SmallEngine } from './engine.fixture.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const PROJECT = { project: 'demo', deploy: '0199b1a0-0000-4000-8000-000000000001', services: { catalog: DESIRED } };

Logger.overrideLogger(false);

describe('what is done for a service', () => {
  let engine: SmallEngine;
  let events: EventLog;
  let keeper: ServiceKeeper;
  let now: number;
  let view: EdgeView;

  const edge = (one: EdgeServer['status'], other: EdgeServer['status'], concurrency = 0): EdgeView => ({
    servers: [one, other].map((status, index) => ({ address: `10.0.0.${index + 1}`, status, changedAgo: 0, detail: status })),
    concurrency,
  });
  /** Looks as often as the fleet does in that time; what was begun at a look has ended before the next. */
  const look = async (seconds = 0.3): Promise<void> => {
    for (const until = now + seconds * 1_000; now < until;) {
      now += 300;
      await keeper.tick(PROJECT, DESIRED);
      await setImmediate();
    }
  };
  const begin = () =>
    new ServiceKeeper({
      name: 'catalog',
      replicas: new Replicas(engine.client, 'catalog'),
      driver: new ComposeDriver(engine.client),
      viewEdge: async () => view,
      events,
      now: () => now,
    });
  const told = (...kinds: FleetEvent['kind'][]) => events.after(0).filter(({ kind }) => kinds.includes(kind));

  beforeEach(async () => {
    [engine, events, now, view] = [new SmallEngine(), new EventLog(), START, edge('up', 'up')];
    for (const number of [1, 2]) engine.run(`demo-catalog-${number}`, number, START - 60_000);
    keeper = begin();
    await look(3);
  });

  it('is nothing while all is well, but to tell once that it is', () => {
    expect(told('adding', 'removing', 'failed', 'holding')).toEqual([]);
    expect(told('ready').map(({ replica }) => replica)).toEqual(['demo-catalog-1', 'demo-catalog-2']);
    expect(told('progress').at(-1)).toMatchObject({ service: 'catalog', detail: 'rolled-out', revision: DESIRED.current.id });
    expect(keeper.status).toMatchObject({ revision: DESIRED.current.id, deploy: PROJECT.deploy, progress: { state: 'rolled-out' } });
  });

  describe('when the load grows while a replica is being started', () => {
    it('another is begun: the engine says nothing of the first until it runs', async () => {
      const { promise: started, resolve: start } = Promise.withResolvers<undefined>();
      const inspect = engine.inspect.bind(engine);
      engine.start = async () => started;
      engine.inspect = async (id) => {
        if (!['demo-catalog-1', 'demo-catalog-2'].includes(id)) await started;
        return inspect(id);
      };
      view = edge('up', 'up', 25);
      await look(2);
      expect(told('adding').map(({ replica }) => replica)).toEqual(['demo-catalog-3']);
      view = edge('up', 'up', 40);
      await look(2);
      expect(told('adding').map(({ replica }) => replica)).toEqual(['demo-catalog-3', 'demo-catalog-4']);
      expect(told('added')).toEqual([]);
      start(undefined);
      await look();
      expect(told('added').map(({ replica }) => replica)).toEqual(['demo-catalog-3', 'demo-catalog-4']);
      // one that waits for the engine hangs here
    });
  });

  describe('when a replica dies', () => {
    beforeEach(() => {
      Object.assign(engine.containers.get('demo-catalog-1')?.State ?? {}, { Status: 'exited', ExitCode: 137 });
    });

    it('is told with the service, the replica and the reason, before and after', async () => {
      await look();
      const dead = { service: 'catalog', replica: 'demo-catalog-1', code: 'DEAD', detail: 'its process ended with 137' };
      expect(told('removing', 'removed')).toMatchObject([
        { kind: 'removing', ...dead },
        { kind: 'removed', ...dead },
      ]);
      const successor = { service: 'catalog', replica: 'demo-catalog-3', revision: DESIRED.current.id, code: 'REPLACE' };
      expect(told('adding', 'added')).toMatchObject([
        { kind: 'adding', ...successor, detail: 'for demo-catalog-1 (DEAD)' },
        { kind: 'added', ...successor, detail: 'for demo-catalog-1 (DEAD)' },
      ]);
      expect([...engine.containers.keys()]).toEqual(['demo-catalog-2', 'demo-catalog-3']);
    });

    it('is told as failed, with what the engine said, when it was not done', async () => {
      engine.refusal = new EngineError({ code: 'REFUSED', message: 'expected a replica that deploy wrote down' });
      await look();
      expect(told('added')).toEqual([]);
      expect(told('failed')).toMatchObject([
        { replica: 'demo-catalog-3', code: 'REPLACE', detail: 'expected a replica that deploy wrote down' },
      ]);
    });

    it('is tried again ever more slowly, and told each time, until it is done', async () => {
      engine.refusal = new EngineError({ code: 'FAILED', message: 'no space left on device' });
      await look(60);
      expect(told('failed').length).toBeGreaterThan(3);
      expect(told('failed').length).toBeLessThan(8);
      expect(told('adding', 'failed', 'holding').length).toBeLessThan(25);
      expect(keeper.status?.holding).toMatch(/before the next try/);
      engine.refusal = undefined;
      await look(40);
      expect(told('added')).toHaveLength(1);
    });
  });

  describe('when it is closed', () => {
    /** Looks while a replica is dead, and is closed when the engine is asked for the list that many times. */
    const closeAt = async (question: number): Promise<void> => {
      const list = engine.list.bind(engine);
      let asked = 0;
      engine.list = async () => {
        asked += 1;
        if (asked === question) void keeper.close();
        return list();
      };
      Object.assign(engine.containers.get('demo-catalog-1')?.State ?? {}, { Status: 'exited', ExitCode: 137 });
      await look();
      expect(asked).toBe(question);
    };

    it.each([
      ['the engine tells of its replicas', 1],
      ['it looks for a number that is free', 2],
    ])('nothing is begun any more, also while %s', async (_what, question) => {
      await closeAt(question);
      expect(told('adding', 'removing')).toEqual([]);
      expect([...engine.containers.keys()]).toEqual(['demo-catalog-1', 'demo-catalog-2']);
    });

    it('what is being made is waited for', async () => {
      const { promise: started, resolve: start } = Promise.withResolvers<undefined>();
      engine.start = async () => started;
      view = edge('up', 'up', 25);
      await look(2);
      const closed = keeper.close().then(() => told('added').length);
      start(undefined);
      expect(await closed).toBe(1);
    });
  });

  describe('when the engine does not remove a replica', () => {
    const removals = () => told('removing').length;
    beforeEach(async () => {
      Object.assign(engine.containers.get('demo-catalog-1')?.State ?? {}, { Status: 'exited', ExitCode: 137 });
      engine.keeps = true;
      await look(60);
    });

    it('asks it ever more slowly, and has another in its place meanwhile', () => {
      expect(removals()).toBeGreaterThan(3);
      expect(removals()).toBeLessThan(8);
      expect(told('failed').map(({ replica, detail }) => [replica, detail])).toEqual(
        Array.from({ length: removals() }, () => ['demo-catalog-1', 'device or resource busy']),
      );
      expect(told('added').map(({ replica }) => replica)).toEqual(['demo-catalog-3']);
    });
    it('is done with it once the engine does', async () => {
      engine.keeps = false;
      await look(40);
      expect(told('removed').map(({ replica }) => replica)).toEqual(['demo-catalog-1']);
      expect([...engine.containers.keys()]).toEqual(['demo-catalog-2', 'demo-catalog-3']);
    });
  });

  describe('when the engine does not tell of a replica', () => {
    it('the others are healed all the same, and it is left alone', async () => {
      const inspect = engine.inspect.bind(engine);
      engine.inspect = async (id) =>
        id === 'demo-catalog-2' ? Promise.reject(new EngineError({ code: 'FAILED', message: 'found 500' })) : inspect(id);
      Object.assign(engine.containers.get('demo-catalog-1')?.State ?? {}, { Status: 'exited', ExitCode: 137 });
      await look();
      expect(told('removed').map(({ replica }) => replica)).toEqual(['demo-catalog-1']);
      expect(told('added').map(({ replica }) => replica)).toEqual(['demo-catalog-3']);
      await look(60);
      expect(told('removed', 'failed').map(({ replica }) => replica)).not.toContain('demo-catalog-2');
      expect(keeper.status?.replicas).toContainEqual(expect.objectContaining({ name: 'demo-catalog-2', state: 'unknown' }));
      expect(told('holding')).toContainEqual(expect.objectContaining({ detail: expect.stringContaining('demo-catalog-2') }));
    });
  });

  describe('when all replicas miss their checks under load', () => {
    it('is nothing while the edge goes on asking them', async () => {
      view = edge('unproven', 'unproven', 15);
      await look(30);
      expect(told('adding', 'removing')).toEqual([]);
      expect(keeper.status).toMatchObject({ serving: 2, wanted: 2, concurrency: 15 });
    });
    it('is to kill one that hangs, once it does not any more', async () => {
      view = edge('silent', 'silent');
      await look(1.5);
      expect(told('removing')).toMatchObject([{ code: 'HUNG', replica: 'demo-catalog-1' }]);
    });
  });

  describe('when the fleet begins while no replica passes its checks', () => {
    it.each(['refusing', 'unproven'] as const)('is nothing: they had their time, and may have served (%s)', async (status) => {
      view = edge(status, status);
      keeper = begin();
      await look(30);
      expect(told('removing')).toEqual([]);
    });
  });

  it('is told once, when nothing can be done', async () => {
    view = edge('refusing', 'refusing');
    await look(3);
    expect(told('holding')).toMatchObject([{ service: 'catalog', detail: expect.stringContaining('what they need is away') }]);
  });

  it('is told once, though the edge asks again and again', async () => {
    for (const detail of ['DOWN L7STS 503', 'DOWN * L7STS 0', 'DOWN L7STS 503', 'DOWN * L7STS 0']) {
      const { servers, concurrency } = edge('refusing', 'refusing');
      view = { servers: servers.map((server) => ({ ...server, detail })), concurrency };
      await look(3);
    }
    expect(told('holding')).toHaveLength(1);
  });
});
