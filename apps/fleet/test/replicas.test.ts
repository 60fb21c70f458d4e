import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { DesiredService } from '@seaworthy/contracts';
import type { EngineClient } from '../src/drive/compose/engine.client.ts';
import { EngineError } from '../src/drive/compose/engine.error.ts';
import type { EngineErrorCode } from '../src/drive/compose/engine.error.ts';
import { Replicas } from '../src/drive/compose/replicas.ts';
import type { EdgeView } from '../src/drive/edge/edge.stats.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const DESIRED: DesiredService = {
  scale: { min: 1, max: 2, targetConcurrency: 1 },
  current: {
    id: 'a'.repeat(16),
    container: { Image: `sha256:${'a'.repeat(64)}`, Labels: {}, HostConfig: { NetworkMode: 'n' } },
    networks: [{ name: 'n', aliases: [] }],
  },
};

/** What the engine would say of one replica; tests change it between two looks. */
const engine = {
  container: {
    Id: 'one',
    Name: 'demo-catalog-1',
    Image: '',
    Created: new Date(START).toISOString(),
    RestartCount: 0,
    ExecIDs: null as string[] | null,
    State: { Status: 'running', ExitCode: 0, StartedAt: new Date(START).toISOString() },
    Config: { Labels: {} },
    HostConfig: {},
    Mounts: [{ Destination: '/run/seaworthy/trust' }],
    NetworkSettings: { Networks: { n: { IPAddress: '10.0.0.1' } } },
  },
  list: async () => [{ id: 'one', name: 'demo-catalog-1' }],
  inspect: async () => engine.container,
  changes: async (): Promise<string[]> => [],
  entries: async () => engine.entered,
  entered: new Map<string, string>(),
  // nobody listens, unless a test does: everything is asked anew at each look
  follow: async (_service: string, _signal: AbortSignal, _onNews: () => void): Promise<void> => undefined,
};
const edge = (status: 'up' | 'unproven' | 'silent', changedAgo: number): EdgeView => ({
  servers: [{ address: '10.0.0.1', status, changedAgo, detail: '' }],
  concurrency: 0,
});
const replicas = () => new Replicas(engine as unknown as EngineClient, 'catalog');

describe('what the edge says of an address', () => {
  it('is of the replica, when it began after its start', async () => {
    const [found] = await replicas().look(DESIRED, edge('up', 0), new Set(), START + 900);
    expect(found?.edge).toMatchObject({ status: 'up', wasUp: true });
  });
  it('is of the one that had it before, when it began before the start', async () => {
    const [found] = await replicas().look(DESIRED, edge('up', 60_000), new Set(), START + 900);
    expect(found?.edge).toMatchObject({ status: 'unseen', wasUp: false });
  });
  it('is of the replica, when the edge has had the time to notice', async () => {
    const [found] = await replicas().look(DESIRED, edge('up', 60_000), new Set(), START + 4_000);
    expect(found?.edge).toMatchObject({ status: 'up' });
  });
});

describe('a replica that the edge calls up, and that has not passed its check', () => {
  it('is not up, when it never was: the edge begins so with every new address', async () => {
    const one = replicas();
    const [found] = await one.look(DESIRED, edge('unproven', 0), new Set(), START + 900);
    expect(found?.edge).toMatchObject({ status: 'unseen', wasUp: false });
  });
  it('is still up, when it was', async () => {
    const one = replicas();
    await one.look(DESIRED, edge('up', 0), new Set(), START + 900);
    expect((await one.look(DESIRED, edge('unproven', 0), new Set(), START + 1_200))[0]?.edge).toMatchObject({
      status: 'up',
      since: START + 900,
    });
  });
  it('is up again when it was, and the edge turns back to it', async () => {
    const one = replicas();
    await one.look(DESIRED, edge('up', 0), new Set(), START + 900);
    await one.look(DESIRED, edge('silent', 0), new Set(), START + 5_000);
    expect((await one.look(DESIRED, edge('unproven', 0), new Set(), START + 5_300))[0]?.edge).toMatchObject({
      status: 'up',
      since: START + 5_300,
    });
  });
});

describe('the beginning of a replica', () => {
  it('is that of its container, and that of its process, which the engine may have started again', async () => {
    engine.container.Created = new Date(START - 60_000).toISOString();
    const [found] = await replicas().look(DESIRED, edge('up', 0), new Set(), START + 900);
    expect(found).toMatchObject({ madeAt: START - 60_000, startedAt: START });
    engine.container.Created = new Date(START).toISOString();
  });
});

describe('what is remembered of a replica', () => {
  it('is that it was up, until it is started again', async () => {
    const one = replicas();
    await one.look(DESIRED, edge('up', 0), new Set(), START + 900);
    expect((await one.look(DESIRED, edge('silent', 0), new Set(), START + 5_000))[0]?.edge).toMatchObject({
      wasUp: true,
      since: START + 5_000,
    });
    engine.container.State.StartedAt = new Date(START + 6_000).toISOString();
    expect((await one.look(DESIRED, edge('silent', 0), new Set(), START + 7_000))[0]?.edge.wasUp).toBe(false);
  });
  it('is that it was entered, also when the engine has forgotten', async () => {
    const one = replicas();
    engine.container.ExecIDs = ['exec'];
    expect((await one.look(DESIRED, edge('up', 0), new Set(), START + 8_000))[0]?.drift).toMatchObject([{ code: 'ENTERED' }]);
    engine.container.ExecIDs = null;
    expect((await one.look(DESIRED, edge('up', 0), new Set(), START + 9_000))[0]?.drift).toMatchObject([{ code: 'ENTERED' }]);
  });
  it('is that it was entered for less than a look', async () => {
    const one = replicas();
    engine.entered.set('one', 'exec_start: /usr/bin/node');
    expect((await one.look(DESIRED, edge('up', 0), new Set(), START + 8_000))[0]?.drift).toMatchObject([
      { code: 'ENTERED', detail: expect.stringContaining('/usr/bin/node') },
    ]);
    engine.entered.clear();
    expect((await one.look(DESIRED, edge('up', 0), new Set(), START + 9_000))[0]?.drift).toMatchObject([{ code: 'ENTERED' }]);
  });
  it('is not what was done in another one', async () => {
    engine.entered.set('other', 'exec_start: /usr/bin/node');
    expect((await replicas().look(DESIRED, edge('up', 0), new Set(), START + 8_000))[0]?.drift).toEqual([]);
    engine.entered.clear();
  });
  it('leaves out those that are being made', async () => {
    expect(await replicas().look(DESIRED, edge('up', 0), new Set(['demo-catalog-1']), START + 8_000)).toEqual([]);
  });
});

describe('a replica that the engine lists and does not tell of', () => {
  const silence = new EngineError({ code: 'FAILED', message: 'found 500' });
  let silent: Set<string>;
  let asked: string[];
  let listed: string[];
  let one: Replicas;
  const look = async (seconds: number) => one.look(DESIRED, edge('up', 0), new Set(), START + seconds * 1_000);

  beforeEach(() => {
    [silent, asked, listed] = [new Set(['two']), [], ['one', 'two']];
    Logger.overrideLogger(false);
    engine.container.State.StartedAt = new Date(START).toISOString();
    const inspect = async (id: string) => {
      asked.push(id);
      return silent.has(id) ? Promise.reject(silence) : { ...engine.container, Id: id, Name: id };
    };
    const list = async () => listed.map((id) => ({ id, name: id }));
    one = new Replicas({ ...engine, list, inspect } as unknown as EngineClient, 'catalog');
  });

  it('is unknown since then, and the others are seen all the same', async () => {
    expect(await look(5)).toMatchObject([
      { name: 'one', state: 'running', edge: { status: 'up' } },
      { name: 'two', state: 'unknown', edge: { status: 'unseen', since: START + 5_000 }, drift: [] },
    ]);
    expect((await look(8))[1]).toMatchObject({ state: 'unknown', edge: { since: START + 5_000 } });
  });
  it('is what it was once the engine tells of it again', async () => {
    silent.clear();
    engine.entered.set('two', 'exec_start: /bin/sh');
    await look(1);
    engine.entered.clear();
    silent.add('two');
    await look(5);
    silent.clear();
    expect((await look(9))[1]).toMatchObject({ state: 'running', edge: { wasUp: true, status: 'up' }, drift: [{ code: 'ENTERED' }] });
  });
  it('is taken for one that was ready, when it has had its time before the engine told of it at all', async () => {
    await look(60);
    silent.clear();
    expect((await one.look(DESIRED, edge('silent', 0), new Set(), START + 63_000))[1]).toMatchObject({ edge: { wasUp: true } });
  });
  it('is asked about ever more seldom: whoever does so waits', async () => {
    for (let second = 0; second < 60; second += 1) await look(second);
    expect(asked.filter((id) => id === 'one')).toHaveLength(60);
    expect(asked.filter((id) => id === 'two').length).toBeLessThan(12);
    silent.clear();
    await look(61);
    expect((await look(72))[1]).toMatchObject({ state: 'running' });
  });
  it('is none any more when it has gone', async () => {
    await look(5);
    listed = ['one'];
    expect(await look(8)).toHaveLength(1);
  });
});

describe('a file that was written', () => {
  const looksAt = async (one: Replicas, ...seconds: number[]) => {
    for (const second of seconds) await one.look(DESIRED, edge('up', 0), new Set(), START + second * 1_000);
    return (await one.look(DESIRED, edge('up', 0), new Set(), START + (seconds.at(-1) ?? 0) * 1_000 + 300))[0]?.drift;
  };
  const answering = (changes: () => Promise<string[]>) => new Replicas({ ...engine, changes } as unknown as EngineClient, 'catalog');
  const refusing = (code: EngineErrorCode) => answering(async () => Promise.reject(new EngineError({ code, message: `found ${code}` })));
  const warnings: string[] = [];
  beforeEach(() => {
    warnings.length = 0;
    Logger.overrideLogger({ log: () => undefined, error: () => undefined, warn: (text: string) => void warnings.push(text) });
  });

  it('is found within some seconds', async () => {
    expect(
      await looksAt(
        answering(async () => ['/run', '/run/seaworthy', '/run/intruder']),
        10,
        21,
      ),
    ).toEqual([{ code: 'FILE_WRITTEN', detail: '/run/intruder differs from the image' }]);
  });
  it('is remembered when the engine tells of it no more', async () => {
    const answers = [['/run/intruder']];
    expect(
      await looksAt(
        answering(async () => answers.shift() ?? []),
        10,
        21,
        32,
      ),
    ).toMatchObject([{ code: 'FILE_WRITTEN' }]);
  });
  it('is not found where there is none', async () => {
    expect(
      await looksAt(
        answering(async () => []),
        10,
        21,
      ),
    ).toEqual([]);
  });
  it('is not taken for absent without a word when the engine cannot tell: that is told once', async () => {
    expect(await looksAt(refusing('FAILED'), 10, 21, 32, 43)).toEqual([]);
    expect(warnings).toEqual(['cannot tell whether files were written in demo-catalog-1: found FAILED']);
  });
  it('is nothing to speak of in a replica that went in the meantime', async () => {
    await looksAt(refusing('GONE'), 10, 21);
    expect(warnings).toEqual([]);
  });
});

describe('how often the engine is asked', () => {
  /** An engine that counts how often it is asked, and tells its news when a test does. */
  const listening = () => {
    const heard = { asked: 0, news: 0, isAway: false, tell: (): void => undefined, hangUp: (): void => undefined };
    const told = {
      ...engine,
      list: async () => {
        heard.asked += 1;
        return heard.isAway ? Promise.reject(new Error('away')) : engine.list();
      },
      follow: async (_service: string, signal: AbortSignal, onNews: () => void) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        Object.assign(heard, { tell: onNews, hangUp: resolve });
        signal.addEventListener('abort', () => resolve());
        onNews();
        return promise;
      },
    };
    const one = new Replicas(told as unknown as EngineClient, 'catalog', () => (heard.news += 1));
    let now = START + 10_000;
    const looks = async (count: number) => {
      for (let look = 0; look < count; look += 1) await one.look(DESIRED, edge('up', 0), new Set(), (now += 100));
      return heard.asked;
    };
    return { heard, one, looks };
  };

  it('is once, while nothing happens', async () => {
    const { looks } = listening();
    expect(await looks(2)).toBe(await looks(10));
  });
  it('is again after news, and after what was done oneself', async () => {
    const { heard, one, looks } = listening();
    const before = await looks(2);
    const { news } = heard;
    heard.tell();
    expect(heard.news).toBe(news + 1);
    expect(await looks(3)).toBe(before + 1);
    one.expectNews();
    expect(await looks(3)).toBe(before + 2);
  });
  it('is again after some time, whatever was heard', async () => {
    const { looks } = listening();
    const before = await looks(2);
    expect(await looks(31)).toBe(before + 1);
  });
  it('is at the next look when the engine hangs up', async () => {
    const { heard, looks } = listening();
    const before = await looks(2);
    heard.hangUp();
    await setImmediate();
    expect(await looks(1)).toBe(before + 1);
  });
  it('is at the next look when it could not answer', async () => {
    const { heard, looks } = listening();
    const before = await looks(2);
    Object.assign(heard, { isAway: true });
    heard.tell();
    await expect(looks(1)).rejects.toThrow('away');
    Object.assign(heard, { isAway: false });
    expect(await looks(1)).toBe(before + 2);
  });
});
