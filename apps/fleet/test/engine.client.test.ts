import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EngineClient } from '../src/drive/compose/engine.client.ts';

/** What a busy machine takes for an answer that is given at once, it takes in less. */
const PATIENCE_MS = 2_000;

/** An engine that says of each container how long it may drain, and answers nothing else by itself. */
describe('the engine, when an answer of it takes long', () => {
  let directory: string;
  let server: Server;
  let engine: EngineClient;
  let drainSeconds: number;
  let stopping: PromiseWithResolvers<ServerResponse>;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'engine-'));
    const socketPath = join(directory, 'engine.sock');
    stopping = Promise.withResolvers();
    server = createServer((request, response) => {
      if (request.url === '/containers/x/json') response.end(JSON.stringify(container(drainSeconds)));
      if (request.url === '/containers/x/stop') stopping.resolve(response);
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    engine = new EngineClient(socketPath, PATIENCE_MS);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  });

  it('is heard out while the container that it stops may drain', async () => {
    drainSeconds = 600;
    const stopped = engine.stop('x');
    stopped.catch(() => undefined);
    const response = (await Promise.race([stopping.promise, stopped])) as ServerResponse;
    await expect(engine.ping()).rejects.toMatchObject({ code: 'UNREACHABLE' }); // that long, at least
    response.writeHead(204).end();
    await expect(stopped).resolves.toBeUndefined();
  });

  it('is waited for less where it is about one container: others are to be looked at as well', async () => {
    const impatient = new EngineClient(join(directory, 'engine.sock'), 600_000, 100);
    await expect(impatient.inspect('silent')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(impatient.changes('silent')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('is given up when that time is over, too', async () => {
    drainSeconds = 0;
    await expect(engine.stop('x')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

function container(StopTimeout: number): object {
  return {
    Id: 'x',
    Name: '/x',
    Image: 'sha256:x',
    Created: '2026-01-01T00:00:00Z',
    State: { Status: 'running', ExitCode: 0, StartedAt: '2026-01-01T00:00:00Z' },
    Config: { StopTimeout },
    HostConfig: {},
    NetworkSettings: { Networks: {} },
  };
}
