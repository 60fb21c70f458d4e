import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { EngineClient } from '../src/engine/engine.client.ts';

/** An engine that takes what it is asked and does not answer, or begins to and does not end. */
describe('the engine, when it hangs', () => {
  let directory: string;
  let server: Server;
  let engine: EngineClient;
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'engine-'));
    const socketPath = join(directory, 'engine.sock');
    answer = () => undefined;
    server = createServer((request, response) => {
      request.resume();
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    engine = new EngineClient(socketPath, { answerMs: 50, archiveMs: 50 });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['ping', async () => engine.ping()],
    ['create', async () => engine.createContainer('x', { Image: 'x', Entrypoint: [], User: '1', Labels: {}, HostConfig: {} })],
    ['start', async () => engine.start('x')],
    ['kill', async () => engine.kill('x')],
    ['logs', async () => engine.logs('x')],
    ['remove', async () => engine.removeContainer('x')],
    ['list', async () => engine.listVolumes()],
    ['put an archive', async () => engine.putArchive('x', '/', Readable.from([Buffer.alloc(1024)]))],
    ['get an archive', async () => engine.getArchive('x', '/')],
  ])('is given up: %s', async (_what, ask) => {
    await expect(ask()).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('is given up in the middle of an answer as well', async () => {
    answer = (response) => void response.writeHead(200).write('[');
    await expect(engine.logs('x')).rejects.toThrow();
    await expect(engine.listContainers()).rejects.toThrow();
    // on a busy machine before it has begun
    await expect(engine.getArchive('x', '/').then(buffer)).rejects.toThrow();
  });

  it('has no address of a container that has ended', async () => {
    answer = (response) => void response.end('{"NetworkSettings":{"Networks":{"net":{"IPAddress":""}}}}');
    expect(await new EngineClient(join(directory, 'engine.sock')).addressOf('x', 'net')).toBe('');
  });

  it('may take as long as it wants for what a job does: there the caller says when', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    answer = asked.resolve;
    const ended = engine.wait('x', new AbortController().signal);
    const response = await asked.promise;
    await expect(engine.ping()).rejects.toMatchObject({ code: 'UNREACHABLE' }); // that long, at least
    response.end('{"StatusCode":3}');
    expect(await ended).toBe(3);
  });
});
