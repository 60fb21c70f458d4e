import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ended, TestEdge } from './edge.fixture.ts';
import type { Answer } from './edge.fixture.ts';

const PER_ADDRESS = 40;
const PER_TOKEN = 10;
const CONNECTIONS = 30;
/** What the edge would wait for next, had it not been for the limit in question: a machine that is busy is not as late as that. */
const NEXT_TIMER_MS = 10_000;
const KEY = { 'idempotency-key': 'a-key-of-its-own' };

function problem({ headers, body }: Answer): Record<string, unknown> {
  expect(headers['content-type']).toBe('application/problem+json');
  return JSON.parse(body) as Record<string, unknown>;
}

describe('the edge, before clients that take too much', () => {
  let edge: TestEdge;

  beforeAll(async () => {
    edge = await TestEdge.start({ replicas: 1, environment: { EDGE_CONNECTIONS_PER_ADDRESS: String(CONNECTIONS) } });
  });
  afterAll(async () => {
    await edge?.stop();
  });

  const seen = async (path: string) => edge.replicas[0]?.seen(path);

  describe.each([
    ['an order', 'order', 8_192],
    ['a card', 'card', 1_024],
  ] as const)('when a body is larger than %s can be', (_case, what, most) => {
    it(`takes one of ${most} bytes`, async () => {
      expect((await edge[what](KEY, 'x'.repeat(most))).status).toBe(200);
    });

    it.each([
      ['says so', { 'content-length': String(most + 1) }],
      ['comes in chunks', { 'transfer-encoding': 'chunked' }],
    ])('refuses one that %s, and no replica sees it', async (_how, header) => {
      const answer = await edge[what]({ ...KEY, ...header }, 'x'.repeat(most + 1));
      expect(problem(answer)).toMatchObject({ status: 413, type: 'urn:seaworthy:problem:content-too-large' });
      expect(await seen(answer.path)).toEqual([]);
    });
  });

  describe('when a client is slow on purpose', () => {
    const BEGINNINGS = {
      headers: 'GET /orders/slow-headers HTTP/1.1\r\nhost: localhost\r\nx-slow: ',
      'a body': 'POST /orders/slow-body HTTP/1.1\r\nhost: localhost\r\nidempotency-key: 12345678\r\ncontent-length: 8000\r\n\r\n',
      'a card': 'POST /cards/slow-body HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n',
    };
    let slow: Map<string, ReturnType<typeof ended>[]>;
    let handshake: Promise<number>;
    let others: Answer[];

    // all at once: each takes seconds in which nothing else happens
    beforeAll(async () => {
      const since = performance.now();
      const socket = connect(edge.port, '127.0.0.1').on('error', () => undefined);
      handshake = new Promise((resolve) => socket.once('close', () => resolve(performance.now() - since)).resume());
      slow = new Map(await Promise.all(Object.entries(BEGINNINGS).map(async ([what, text]) => [what, await slowly(text)] as const)));
      others = await Promise.all(Array.from({ length: 3 }, async () => edge.ask('/orders')));
    });

    /** Five clients that begin so, and then send a letter now and then, so that none of them is ever silent. */
    async function slowly(beginning: string): Promise<ReturnType<typeof ended>[]> {
      const sockets = await Promise.all(Array.from({ length: 5 }, async () => edge.open()));
      const drips = setInterval(() => sockets.forEach((socket) => socket.writable && socket.write('x')), 250);
      return sockets.map(async (socket) => {
        socket.write(beginning);
        socket.once('data', () => clearInterval(drips));
        return ended(socket);
      });
    }

    it('serves others meanwhile', () => {
      expect(others.map(({ status }) => status)).toEqual([200, 200, 200]);
    });

    it.each(Object.keys(BEGINNINGS))('ends %s after 5 s, and holds no replica with it', async (what) => {
      const ends = await Promise.all(slow.get(what) ?? []);
      expect(ends).toHaveLength(5);
      for (const { text, answeredMs, afterMs } of ends) {
        expect(text).toMatch(/^HTTP\/1\.1 408 /);
        expect(answeredMs).toBeLessThan(NEXT_TIMER_MS);
        // who was answered and stays costs a connection, for a while
        expect(afterMs - answeredMs).toBeLessThan(2 * NEXT_TIMER_MS);
      }
      expect(await seen('/slow-')).toEqual([]);
    });

    it('waits 3 s for a handshake', async () => {
      expect(await handshake).toBeLessThan(NEXT_TIMER_MS);
    });
  });

  describe.each(['/orders', '/cards'])('when %s is asked for', (path) => {
    it.each(['PUT', 'PATCH', 'DELETE', 'TRACE'])('refuses %s, and no replica sees it', async (method) => {
      const asked = `${path}/by-${method}`;
      const answer = await edge.ask(asked, { method });
      expect(problem(answer)).toMatchObject({ status: 405, type: 'urn:seaworthy:problem:method-not-allowed' });
      expect(answer.headers['allow']).toBe('GET, HEAD, OPTIONS, POST');
      expect(await seen(asked)).toEqual([]);
    });

    it('tells everybody on the way to keep nothing of the answer', async () => {
      expect((await edge.ask(path)).headers['cache-control']).toBe('no-store');
    });
  });

  describe('when bytes are no request', () => {
    it('says so, and ends', async () => {
      const socket = await edge.open();
      socket.write('\0\x01 nonsense\r\n\r\n');
      expect((await ended(socket)).text).toMatch(/^HTTP\/1\.1 400 /);
    });
  });

  describe('whatever was asked', () => {
    it.each([
      ['127.0.0.1:8443', /^max-age=31536000/],
      ['localhost:8443', /^max-age=0$/],
    ])('tells browsers of %s how long to insist on TLS: never all of a developer’s machine', async (host, said) => {
      for (const path of ['/orders/1', '/health/ready'])
        expect((await edge.ask(path, { headers: { host } })).headers['strict-transport-security']).toMatch(said);
    });
  });

  describe('when one address holds connections', () => {
    it(`takes ${CONNECTIONS} and no more, and takes new ones when they are gone`, async () => {
      const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, async () => edge.open()));
      await expect(edge.open()).rejects.toThrow();
      for (const socket of sockets) socket.destroy();
      // the engine's proxy passes it on when it comes to it
      for (const end = Date.now() + 30_000; ;) {
        const status = await edge.ask('/orders').then(
          (answer) => answer.status,
          () => 'cut',
        );
        if (status === 200) break;
        expect(Date.now()).toBeLessThan(end);
      }
    });
  });
});

describe('the edge, before clients that ask too often', () => {
  let edge: TestEdge;

  beforeAll(async () => {
    const environment = { EDGE_REQUESTS_PER_ADDRESS: String(PER_ADDRESS), EDGE_REQUESTS_PER_TOKEN: String(PER_TOKEN) };
    edge = await TestEdge.start({ replicas: 1, environment });
  });
  beforeEach(async () => edge.forget());
  afterAll(async () => {
    await edge?.stop();
  });

  // at once: the edge counts what comes within ten seconds, and a busy machine may take longer than that for one after the other
  const times = async (count: number, authorization?: string): Promise<Answer[]> =>
    Promise.all(
      Array.from({ length: count }, async () => edge.ask('/orders', { headers: authorization === undefined ? {} : { authorization } })),
    );
  const statuses = (answers: Answer[]): number[] => answers.map(({ status }) => status);

  it('refuses one address, when it is too much, with when to come back', async () => {
    expect(new Set(statuses(await times(PER_ADDRESS)))).toEqual(new Set([200]));
    const [refused] = (await times(1)) as [Answer];
    expect(problem(refused)).toMatchObject({ status: 429, type: 'urn:seaworthy:problem:too-many-requests' });
    expect(refused.headers['retry-after']).toBe('10');
  });

  it('refuses one token, and no other of the same address', async () => {
    expect(new Set(statuses(await times(PER_TOKEN, 'Bearer one')))).toEqual(new Set([200]));
    expect(statuses(await times(1, 'Bearer one'))).toEqual([429]);
    expect(statuses(await times(1, 'Bearer other'))).toEqual([200]);
  });

  it('does not count by what a client says of its address', async () => {
    await times(PER_ADDRESS);
    expect((await edge.ask('/orders', { headers: { 'x-forwarded-for': '192.0.2.7' } })).status).toBe(429);
  });
});
