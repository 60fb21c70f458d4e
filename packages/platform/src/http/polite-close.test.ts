import { Agent, createServer, request } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closePolitely } from './polite-close.ts';

const PATIENCE_MS = 20_000;

describe('closePolitely', () => {
  let server: Server;
  let agent: Agent;
  let asked: PromiseWithResolvers<ServerResponse>;
  beforeEach(async () => {
    asked = Promise.withResolvers();
    // a client that keeps its connection for as long as it may, which is for ever
    server = createServer({ keepAliveTimeout: 0 }, (_request, response) => asked.resolve(response));
    agent = new Agent({ keepAlive: true });
    closePolitely(server, 'connection');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    agent.destroy();
    server.closeAllConnections();
  });

  const ask = async () =>
    new Promise<number>((resolve, reject) => {
      request({ port: (server.address() as AddressInfo).port, agent }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
      })
        .once('error', reject)
        .end();
    });
  const closed = async () =>
    Promise.race([new Promise((resolve) => server.close(() => resolve('closed'))), delay(PATIENCE_MS, 'still open', { ref: false })]);

  it('ends a connection that is idle', async () => {
    const answer = ask();
    (await asked.promise).end();
    expect(await answer).toBe(200);
    expect(await closed()).toBe('closed');
  });

  it('ends a connection that has an answer in hand when that has left, and not before', async () => {
    const answer = ask();
    const response = await asked.promise;
    const ended = closed();
    response.end('whole');
    expect(await answer).toBe(200);
    expect(await ended).toBe('closed');
  });
});
