import { once } from 'node:events';
import { linkSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { watchEngine } from '../src/watch-engine.ts';

describe('engine filter › the engine’s socket', () => {
  let directory: string;
  let engine: Server;
  let mounted: string;
  let lost: jest.Mock<() => void>;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'engine-'));
    mounted = join(directory, 'mounted.sock');
    engine = await listening();
    // a mount of a socket holds the file, whatever takes its name later
    linkSync(join(directory, 'engine.sock'), mounted);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    lost = jest.fn<() => void>();
    watchEngine(mounted, lost);
  });
  afterEach(async () => {
    jest.clearAllTimers();
    jest.useRealTimers();
    await end(engine);
    rmSync(directory, { recursive: true });
  });
  const listening = async (): Promise<Server> => {
    const server = createServer().listen(join(directory, 'engine.sock'));
    await once(server, 'listening');
    return server;
  };
  const end = async (server: Server): Promise<void> => {
    server.close();
    if (server.listening) await once(server, 'close');
  };

  it('is watched without a word while an engine listens', async () => {
    for (let times = 1; times <= 3; times += 1) {
      const connected = once(engine, 'connection') as Promise<[Socket]>;
      jest.advanceTimersByTime(5_000);
      const [socket] = await connected;
      await once(socket.resume(), 'close');
    }
    expect(lost).not.toHaveBeenCalled();
  });

  it('is lost, once, when another engine listens on another socket in its place', async () => {
    await end(engine);
    engine = await listening();
    const told = new Promise<void>((resolve) => lost.mockImplementation(resolve));
    jest.advanceTimersByTime(5_000);
    await told;
    jest.advanceTimersByTime(60_000);
    for (let turns = 0; turns < 100; turns += 1) await turn();
    expect(lost).toHaveBeenCalledTimes(1);
  });

  it('is not taken for lost where it cannot be asked at all: a start would not mend that', async () => {
    rmSync(mounted);
    jest.advanceTimersByTime(20_000);
    for (let turns = 0; turns < 100; turns += 1) await turn();
    expect(lost).not.toHaveBeenCalled();
  });
});
