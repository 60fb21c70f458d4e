import { once } from 'node:events';
import { request as connect } from 'node:http';
import { connect as open } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../errors/problem.ts';
import { allowSlowBody, limitConcurrency } from './concurrency.ts';

const MOST = 2;

describe('limitConcurrency', () => {
  let server: FastifyInstance;
  let port: number;
  let arrived: () => void;
  const warnings: string[] = [];
  beforeEach(async () => {
    warnings.length = 0;
    server = fastify({ logger: { level: 'warn', stream: { write: (line: string) => void warnings.push(line) } } });
    server.setErrorHandler((error, _request, reply) => {
      const { status: code, headers } = error instanceof ProblemError ? error : { status: 400, headers: {} };
      void reply.code(code).headers(headers).send({});
    });
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
    server.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    server.post('/streamed', async () => {
      arrived();
      await new Promise(() => undefined);
    });
    server.get('/health/live', async () => ({}));
    // as a door does that takes over what it may know, before its body is read
    server.addHook('onRequest', (request, reply, done) => {
      if (!request.url.startsWith('/door/')) return done();
      if (request.url === '/door/known') allowSlowBody(request);
      reply.hijack();
      return arrived();
    });
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

  describe('when bodies do not come', () => {
    let arrivals: number;
    let came: () => void;
    const sockets: Socket[] = [];
    beforeEach(() => {
      arrivals = 0;
      came = () => undefined;
      arrived = () => undefined;
      server.server.on('request', () => {
        arrivals += 1;
        came();
      });
    });
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.destroy();
    });

    /** Says that ten bytes will come, and sends what is given of them. Resolves when the server has the request, to all that it will have answered. */
    const begin = async (path: string, { type = 'application/json', body = '' } = {}): Promise<{ answer: Promise<string> }> => {
      const here = new Promise<void>((resolve) => (came = resolve));
      const socket = open(port, '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-length: 10\r\n\r\n${body}`);
      let heard = '';
      socket.on('data', (chunk) => (heard += String(chunk)));
      const answer = once(socket, 'close').then(() => heard);
      await here;
      return { answer };
    };

    it.each(['/slow', '/nowhere'])('gives the hand of who has waited longest at %s to the next one', async (path) => {
      const first = await begin(path);
      for (let count = 1; count < MOST; count += 1) await begin(path, { body: '{' });
      expect([await status(), await status()]).toEqual([200, 200]);
      const answer = await first.answer;
      for (const line of [/^HTTP\/1\.1 503 /, /\r\nretry-after: 1\r\n/, /\r\nconnection: close\r\n/i]) expect(answer).toMatch(line);
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(warnings).toEqual([]);
    });

    it('cuts it off where something has taken it over that may be about to answer', async () => {
      const first = await begin('/door/unknown');
      for (let count = 1; count < MOST; count += 1) await begin('/door/unknown');
      expect(await status()).toBe(200);
      expect(await first.answer).toBe('');
    });

    it('never counts below none: as many as there are hands find one afterwards, and no more', async () => {
      for (let count = 0; count < 2 * MOST; count += 1) await begin('/nowhere');
      const held = [await begin('/slow', { body: '{"a":1234}' }), await begin('/slow', { body: '{"a":1234}' })];
      expect(held).toHaveLength(MOST);
      for (const socket of sockets.slice(0, -MOST)) socket.destroy();
      expect(await status()).toBe(503);
    });

    it.each([
      ['one whose body has come', '/slow', { body: '{"a":1234}' }],
      ['one that is read as it comes', '/streamed', { type: 'application/octet-stream' }],
      ['one that was taken over by who knows the sender', '/door/known', {}],
      ['one that was taken over, and whose body has come', '/door/unknown', { body: '{"a":1234}' }],
    ])('takes no hand from %s, and answers probes', async (_, path, what) => {
      for (let count = 0; count < MOST; count += 1) await begin(path, what);
      expect(await status()).toBe(503);
      expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
    });
  });
});
