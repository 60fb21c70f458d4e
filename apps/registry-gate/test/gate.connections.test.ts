import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { codeOf, startGate, type RunningGate } from './gate.fixture.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('the connections of the registry gate', () => {
  let gate: RunningGate;
  beforeAll(async () => {
    gate = await startGate();
  });
  afterAll(() => gate.stop());
  beforeEach(() => {
    gate.seen.length = 0;
    gate.behave((_, answer) => answer.end());
  });

  describe('when bodies are large', () => {
    const SIZE = 64 * 1024 * 1024;

    /** Nothing tells that nothing more comes: wait until a while has brought nothing. */
    async function untilStill(count: () => number): Promise<void> {
      for (let before = -1; before !== count() || before === 0;) {
        before = count();
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }

    it('reads an upload at the pace of the registry', async () => {
      let sent = 0;
      let received = 0;
      const reached = Promise.withResolvers<() => void>();
      gate.behave((request, answer) => {
        request.pause();
        reached.resolve(() => {
          request.on('data', (chunk: Buffer) => (received += chunk.length));
          request.on('end', () => answer.writeHead(202).end());
          request.resume();
        });
      });
      const chunk = Buffer.alloc(16_384);
      async function* body() {
        for (; sent < SIZE; sent += chunk.length) yield chunk;
      }
      const token = await gate.token('pipeline', ['repository:staging/x:push']);
      const upload = gate.call('/v2/staging/x/blobs/uploads/1', token, { method: 'PATCH', body: body(), duplex: 'half' });
      const goOn = await reached.promise;
      await untilStill(() => sent);
      expect(sent).toBeLessThan(SIZE / 2);
      goOn();
      expect([(await upload).status, received]).toEqual([202, SIZE]);
    });

    it('stops reading from the registry while the client does not read', async () => {
      let written = 0;
      gate.behave((_, answer) => {
        const push = (): void => {
          while (written < SIZE) {
            written += 65_536;
            if (!answer.write(Buffer.alloc(65_536))) return void answer.once('drain', push);
          }
          answer.end();
        };
        push();
      });
      const token = await gate.token('deploy', ['repository:release/x:pull']);
      const client = httpsRequest({
        port: gate.port,
        host: '127.0.0.1',
        servername: 'localhost',
        ca: gate.root,
        path: `/v2/release/x/blobs/${DIGEST}`,
        headers: { host: 'localhost', authorization: `Bearer ${token}` },
      }).end();
      const [answer] = (await once(client, 'response')) as [import('node:http').IncomingMessage];
      answer.pause();
      await untilStill(() => written);
      expect(written).toBeLessThan(SIZE / 2);
      client.destroy();
    });
  });

  describe('when bodies do not come', () => {
    const HANDS = 5;
    const sockets: TLSSocket[] = [];
    let small: RunningGate;
    beforeEach(async () => {
      small = await startGate(undefined, { MOST_REQUESTS_IN_HAND: String(HANDS) });
    });
    afterEach(async () => {
      for (const socket of sockets.splice(0)) socket.destroy();
      await small.stop();
    });

    /** Sends the head of a request, and resolves when the gate has it. */
    async function begin(...head: string[]): Promise<TLSSocket> {
      const here = once(small.app.getHttpServer(), 'request');
      const socket = connectTls({ port: small.port, host: '127.0.0.1', servername: 'localhost', ca: small.root });
      sockets.push(socket.on('error', () => undefined));
      socket.write(`${[...head, 'host: localhost', 'content-length: 10'].join('\r\n')}\r\n\r\n`);
      await here;
      return socket;
    }

    it.each(['/x', '/token', '/v2/'])('keeps nobody out who has something to say, though nobody ever does at %s', async (path) => {
      for (let count = 0; count < HANDS; count += 1) await begin(`POST ${path} HTTP/1.1`, 'content-type: application/json');
      expect((await small.call('/v2/')).status).toBe(401);
    });

    it('lets an upload take its time that may be made', async () => {
      small.behave((request, answer) => void request.resume().on('end', () => answer.writeHead(202).end()));
      const token = await small.token('pipeline', ['repository:staging/x:push']);
      const reached = async (count: number) => {
        while (small.seen.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      const uploads: TLSSocket[] = [];
      for (let count = 1; count <= HANDS; count += 1) {
        const upload = await begin('PATCH /v2/staging/x/blobs/uploads/1 HTTP/1.1', `authorization: Bearer ${token}`);
        upload.write('0'); // with it the registry hears of the upload
        uploads.push(upload);
        await reached(count);
      }
      expect((await small.call('/v2/')).status).toBe(503);
      expect((await small.call('/health/live')).status).toBe(200);
      for (const upload of uploads) {
        upload.write('123456789');
        expect(String((await once(upload, 'data'))[0])).toMatch(/^HTTP\/1\.1 202 /);
      }
    });

    it('awaits no large ones from strangers', async () => {
      const headers = { 'content-type': 'application/json' };
      expect((await small.call('/x', undefined, { method: 'POST', headers, body: 'x'.repeat(2_000) })).status).toBe(413);
    });
  });

  describe('when the registry is away or breaks off', () => {
    it('says so, and goes on', async () => {
      gate.behave((request) => request.socket.destroy());
      const token = await gate.token('deploy', ['repository:release/x:pull']);
      const answer = await gate.call(`/v2/release/x/blobs/${DIGEST}`, token);
      expect([answer.status, await codeOf(answer)]).toEqual([503, 'UNAVAILABLE']);
      gate.behave((_, reply) => reply.end());
      expect((await gate.call(`/v2/release/x/blobs/${DIGEST}`, token)).status).toBe(200);
    });

    it('cuts an answer that was cut', async () => {
      gate.behave((_, answer) => {
        answer.writeHead(200, { 'content-length': '100' });
        answer.write('half');
        setImmediate(() => answer.destroy());
      });
      const answer = await gate.call(`/v2/release/x/blobs/${DIGEST}`, await gate.token('deploy', ['repository:release/x:pull']));
      await expect(answer.text()).rejects.toThrow();
    });
  });

  describe('when somebody speaks plain HTTP', () => {
    it('hangs up', async () => {
      const socket = connect(gate.port, '127.0.0.1', () => socket.write('GET /v2/ HTTP/1.1\r\nhost: localhost\r\n\r\n'));
      let heard = '';
      socket.on('data', (chunk) => (heard += String(chunk)));
      await once(socket, 'close');
      expect(heard).not.toMatch(/^HTTP\/1.1 (200|401)/);
      expect(gate.seen).toEqual([]);
    });
  });

  describe('when the Host is not ours', () => {
    it('sends nobody to a foreign place for a token', async () => {
      const client = httpsRequest({
        port: gate.port,
        host: '127.0.0.1',
        servername: 'localhost',
        ca: gate.root,
        path: '/v2/',
        headers: { host: 'evil.example' },
      }).end();
      const [answer] = (await once(client, 'response')) as [import('node:http').IncomingMessage];
      expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([421, undefined]);
      answer.resume();
    });
  });
});
