import { once } from 'node:events';
import { request as connect } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { KeptSpans } from '../../test/fixtures/kept.spans.ts';
import { traceRequests } from '../telemetry/server-spans.ts';
import { startTelemetry } from '../telemetry/telemetry.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { logRequests } from './request-log.ts';

interface Told {
  name: string;
  attributes: object;
}

describe('the line and the span of a request', () => {
  let server: FastifyInstance;
  let telemetry: Telemetry;
  let lines: Record<string, unknown>[];
  let spans: readonly Told[];
  let arrived: Promise<void>;
  let answer: () => void;
  beforeEach(async () => {
    lines = [];
    const spanExporter = new KeptSpans();
    ({ spans } = spanExporter);
    telemetry = startTelemetry({ service: 'test', endpoint: undefined, spanExporter });
    server = fastify();
    traceRequests(server);
    const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
    logRequests(server, { service: 'test', logger: { isLevelEnabled: () => true }, destination });
    let come = (): void => undefined;
    arrived = new Promise((resolve) => (come = resolve));
    const told = new Promise<void>((resolve) => (answer = resolve));
    server.get('/quick', async () => ({}));
    server.get('/slow', async () => {
      come();
      await told;
      return {};
    });
    server.get('/stream', (_request, reply) => {
      const stream = new Readable({ read: () => undefined });
      stream.push('begun');
      void reply.send(stream);
    });
    await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterEach(async () => {
    answer();
    await server.close();
    await telemetry.shutdown();
  });

  const ask = (path: string) => {
    const { port } = server.server.address() as AddressInfo;
    return connect({ port, path, host: '127.0.0.1' })
      .on('error', () => undefined)
      .end();
  };
  const written = async () => {
    for (let turn = 0; lines.length === 0 && turn < 2_000; turn += 1) await delay(1);
    answer(); // what comes too late is told to nobody, and of nobody
    await delay(20);
    await telemetry.shutdown();
    return { lines, spans: spans.map(({ name, attributes }) => ({ name, attributes })) };
  };

  it('are there once where it is answered', async () => {
    const [response] = (await once(ask('/quick'), 'response')) as [Readable];
    response.resume();
    const { lines: logged, spans: traced } = await written();
    expect(logged).toEqual([expect.objectContaining({ path: '/quick', status: 200, remote: '127.0.0.1', msg: 'request' })]);
    expect(logged[0]).not.toHaveProperty('aborted');
    expect(traced).toEqual([{ name: 'GET /quick', attributes: expect.objectContaining({ 'http.response.status_code': 200 }) }]);
  });

  it('are there once where a client gives up before the answer begins', async () => {
    const client = ask('/slow');
    await arrived;
    client.destroy();
    const { lines: logged, spans: traced } = await written();
    const line = {
      level: 'info',
      path: '/slow',
      route: '/slow',
      status: 499,
      aborted: true,
      durationMs: expect.any(Number),
      msg: 'request',
    };
    expect(logged).toEqual([expect.objectContaining(line)]);
    const attributes = { 'error.type': 'client_closed_request', 'http.route': '/slow' };
    expect(traced).toEqual([{ name: 'GET /slow', attributes: expect.objectContaining(attributes) }]);
    expect(traced[0]?.attributes).not.toHaveProperty(['http.response.status_code']);
  });

  it('are there once where a client leaves a stream, with the status that it was told', async () => {
    const client = ask('/stream');
    await once(client, 'response');
    client.destroy();
    const { lines: logged, spans: traced } = await written();
    expect(logged).toEqual([expect.objectContaining({ path: '/stream', status: 200, aborted: true })]);
    expect(traced).toEqual([{ name: 'GET /stream', attributes: expect.objectContaining({ 'http.response.status_code': 200 }) }]);
    expect(traced[0]?.attributes).not.toHaveProperty(['error.type']);
  });
});
