import 'reflect-metadata';
import { once } from 'node:events';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { testAuthority } from '@seaworthy/testing/trust';
import type { TestAuthority } from '@seaworthy/testing/trust';
import { KeptSpans } from '../../test/fixtures/kept.spans.ts';
import { startTelemetry } from '../telemetry/telemetry.ts';
import { platformFetch } from './platform-fetch.ts';

describe('platformFetch', () => {
  let authority: TestAuthority;
  let leaf: { cert: string; key: string };
  const servers: Server[] = [];
  beforeAll(async () => {
    authority = await testAuthority();
    leaf = await authority.issue('localhost', '127.0.0.1');
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });
  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(leaf, listener);
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  };

  it('sends method, headers and body, and reads status, text and JSON', async () => {
    const url = await serve((request, answer) => {
      const { method, url: path, headers } = request;
      void text(request).then((body) => answer.writeHead(201).end(JSON.stringify({ method, path, type: headers['content-type'], body })));
    });
    const init = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'ahoj \u263a' };
    const answer = await platformFetch(authority.root)(`${url}/a?b=c`, init);
    expect([answer.ok, answer.status]).toEqual([true, 201]);
    const expected = { method: 'POST', path: '/a?b=c', type: 'text/plain', body: init.body };
    expect(await answer.json()).toEqual(expected);
    expect(await answer.text()).toBe(JSON.stringify(expected));
  });

  describe('when the answer is no JSON', () => {
    it('rejects the reading of it', async () => {
      const url = await serve((_, answer) => answer.end('<html>'));
      await expect((await platformFetch(authority.root)(url)).json()).rejects.toThrow(SyntaxError);
    });
  });

  describe('when the answer leads elsewhere', () => {
    it('does not go there', async () => {
      const asked: string[] = [];
      const url = await serve((request, answer) => {
        asked.push(request.url ?? '');
        answer.writeHead(302, { location: '/elsewhere' }).end();
      });
      const answer = await platformFetch(authority.root)(url);
      expect([answer.ok, answer.status, asked]).toEqual([false, 302, ['/']]);
    });
  });

  describe('when the caller gives up', () => {
    it('rejects with its reason, before and while the answer comes', async () => {
      const url = await serve((request, answer) => {
        if (request.url === '/half') answer.write('half');
      });
      const fetch = platformFetch(authority.root);
      for (const path of ['/nothing', '/half'])
        await expect(fetch(url + path, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ name: 'TimeoutError' });
    });
  });

  describe('when the other end has closed a kept connection', () => {
    it('reads again, and does not send again', async () => {
      const counted: string[] = [];
      const url = await serve((request, answer) => {
        counted.push(request.method ?? '');
        // the second request of a connection is cut before anything is said
        if (counted.length % 2 === 0) request.socket.destroy();
        else answer.end('ok');
      });
      const fetch = platformFetch(authority.root);
      expect(await (await fetch(url)).text()).toBe('ok');
      expect(await (await fetch(url)).text()).toBe('ok');
      await expect(fetch(url, { method: 'POST' })).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(counted).toEqual(['GET', 'GET', 'GET', 'POST']);
    });
  });

  describe('when there is a trace', () => {
    it('hands it on and records the request, without its query', async () => {
      const spanExporter = new KeptSpans();
      const { spans } = spanExporter;
      const telemetry = startTelemetry({ service: 'test', endpoint: undefined, spanExporter });
      let seen: IncomingHttpHeaders = {};
      const url = await serve((request, answer) => {
        seen = request.headers;
        answer.writeHead(404).end();
      });
      const traceId = await trace.getTracer('test').startActiveSpan('outer', async (outer) => {
        await platformFetch(authority.root)(`${url}/where?secret=1`);
        outer.end();
        return outer.spanContext().traceId;
      });
      await telemetry.shutdown();
      const span = spans.find(({ name }) => name === 'GET');
      expect(span?.spanContext().traceId).toBe(traceId);
      expect(seen['traceparent']).toBe(`00-${traceId}-${span?.spanContext().spanId}-01`);
      expect(span?.attributes).toMatchObject({ 'url.full': `${url}/where`, 'http.response.status_code': 404 });
    });
  });
});
