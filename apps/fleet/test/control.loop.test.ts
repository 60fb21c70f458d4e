import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ControlLoop } from '../src/control/control.loop.ts';
import type { EngineClient } from '../src/drive/compose/engine.client.ts';
import { EventLog } from '../src/events/event.log.ts';
import { DESIRED, SmallEngine } from './engine.fixture.ts';

/** What hangs ends here. */
const BOUND = 10_000;

describe('what is looked at', () => {
  let directory: string;
  let loop: ControlLoop;
  let asked: Record<string, number>;
  let answers: Record<string, () => ReturnType<SmallEngine['list']>>;
  let warnings: string[];
  let looked: () => void;
  let engine: SmallEngine;

  const count = (service: string): number => asked[service] ?? 0;
  /** Resolves once `isSo`, which is asked at each look. */
  const until = async (isSo: () => boolean): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    looked = () => {
      if (isSo()) resolve();
    };
    return promise;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'fleet-loop-'));
    [asked, answers, warnings, looked] = [{}, {}, [], () => undefined];
    Logger.overrideLogger({ log: () => undefined, error: () => undefined, warn: (text: string) => void warnings.push(text) });
    const desiredFile = join(directory, 'desired.json');
    writeFileSync(desiredFile, JSON.stringify({ project: 'demo', services: { catalog: DESIRED, orders: DESIRED } }));
    // as many as are wanted: nothing is to be done
    engine = new SmallEngine();
    for (const number of [1, 2]) engine.run(`replica-${number}`, number, Date.now());
    const list = async (service: string): ReturnType<SmallEngine['list']> => {
      asked[service] = count(service) + 1;
      looked();
      return answers[service]?.() ?? SmallEngine.prototype.list.call(engine);
    };
    const config = { desiredFile, engineSocket: '', edgeSocket: join(directory, 'edge.sock'), interval: 50 };
    loop = new ControlLoop(config, Object.assign(engine, { list }) as unknown as EngineClient, new EventLog());
  });
  afterEach(async () => {
    await loop.beforeApplicationShutdown();
    rmSync(directory, { recursive: true });
  });

  it(
    'is every service, also while the engine does not answer about one of them; that one is not asked about twice at once',
    async () => {
      answers['catalog'] = async () => new Promise(() => undefined);
      loop.onApplicationBootstrap();
      await until(() => count('orders') >= 5);
      expect(asked['catalog']).toBe(1);
    },
    BOUND,
  );

  it(
    'is a service again once the engine has answered about it',
    async () => {
      const late = Promise.withResolvers<Awaited<ReturnType<SmallEngine['list']>>>();
      answers['catalog'] = async () => late.promise;
      loop.onApplicationBootstrap();
      await until(() => count('orders') >= 3);
      late.resolve([]);
      await until(() => count('catalog') >= 3);
    },
    BOUND,
  );

  it(
    'is told once when it cannot be, whatever the others are, and once when it can be again',
    async () => {
      answers['catalog'] = async () => Promise.reject(new Error('no answer'));
      loop.onApplicationBootstrap();
      await until(() => count('catalog') >= 3);
      expect(warnings).toEqual(['cannot look: Error: no answer']);
      delete answers['catalog'];
      const before = count('catalog');
      await until(() => count('catalog') >= before + 3);
      expect(warnings).toEqual(['cannot look: Error: no answer', 'looks again']);
    },
    BOUND,
  );

  it(
    'is no reason to do anything once it is told to stop, and does not hold that up',
    async () => {
      const late = Promise.withResolvers<undefined>();
      answers['catalog'] = async () => {
        await late.promise;
        return SmallEngine.prototype.list.call(engine);
      };
      loop.onApplicationBootstrap();
      await until(() => count('catalog') === 1);
      Object.assign(engine.containers.get('replica-1')?.State ?? {}, { Status: 'exited', ExitCode: 137 });
      await loop.beforeApplicationShutdown();
      late.resolve(undefined);
      await setImmediate();
      expect([...engine.containers.keys()]).toEqual(['replica-1', 'replica-2']);
    },
    BOUND,
  );
});
