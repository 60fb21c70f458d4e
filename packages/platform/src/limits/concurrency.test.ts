import { request as connect } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { limitConcurrency } from './concurrency.ts';

const MOST = 2;

describe('limitConcurrency', () => {
  let server: FastifyInstance;
  let port: number;
  let arrived: () => void;
  beforeEach(async () => {
    server = fastify();
    limitConcurrency(server, MOST);
    server.post('/taken-over', (_request, reply) => {
      reply.hijack();
      arrived();
    });
    server.post('/slow', async () => {
      arrived();
      await new Promise(() => undefined);
    });
    server.get('/quick', async () => ({}));
    await server.listen({ port: 0, host: '127.0.0.1' });
    ({ port } = server.server.address() as AddressInfo);
  });
  afterEach(async () => {
    server.server.closeAllConnections();
    await server.close();
  });

  const leave = async (path: string) => {
    const atWork = new Promise<void>((resolve) => (arrived = resolve));
    const client = connect({ port, path, method: 'POST', headers: { 'content-length': 0 } }).on('error', () => undefined);
    client.end();
    await atWork;
    client.destroy();
  };
  const status = async () => (await fetch(`http://127.0.0.1:${port}/quick`)).status;

  for (const path of ['/taken-over', '/slow']) {
    describe(`when clients of ${path} go before they have an answer`, () => {
      it('has its hands free again', async () => {
        for (let count = 0; count < MOST; count += 1) await leave(path);
        let answer = await status();
        for (let turn = 0; answer !== 200 && turn < 200; turn += 1) {
          await delay(5);
          answer = await status();
        }
        expect(answer).toBe(200);
      });
    });
  }
});
