import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connect } from 'node:net';
import { eventually, testAuthority } from '@seaworthy/testing';
import { Edge } from './edge.fixture.ts';
import type { Answer } from './edge.fixture.ts';

jest.setTimeout(180_000);

describe('catalog behind the edge', () => {
  let edge: Edge;

  beforeAll(async () => {
    edge = await Edge.start({ replicas: 2 });
    await eventually(async () => expect(await replicasThatAnswer()).toHaveLength(2));
  });

  afterAll(async () => {
    await edge?.stop();
  });

  /** Asks all the time, three at once, until told to stop, and until so many answers have come. */
  function load(least = 0): { stop: () => Promise<Answer[]> } {
    const stop = new AbortController();
    const answers: Answer[] = [];
    const client = async (): Promise<void> => {
      for (let count = 0; !stop.signal.aborted || answers.length < least; count += 1)
        answers.push(await edge.get(`/products?limit=${1 + (count % 90)}`));
    };
    const clients = [client(), client(), client()];
    return {
      stop: async () => {
        stop.abort();
        await Promise.all(clients);
        return answers;
      },
    };
  }

  async function replicasThatAnswer(): Promise<unknown[]> {
    const ids = new Set<string>();
    for (let count = 0; count < 12; count += 1) ids.add(String((await edge.get('/products?limit=1')).headers['x-request-id']));
    const lines = (await edge.log()).filter(({ requestId, status }) => ids.has(String(requestId)) && status === 200);
    return [...new Set(lines.map(({ replica }) => replica))];
  }

  describe('when asked over TLS', () => {
    // on a machine that is out of breath, the edge may have lost sight of both replicas: that is tried elsewhere
    beforeEach(async () => eventually(async () => expect(await edge.get('/products?limit=1')).toMatchObject({ status: 200 })));

    it('answers over HTTP/2 with what the replicas say', async () => {
      const answer = await edge.get('/products?limit=2');
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.body)).toMatchObject({ items: [{}, {}], next: expect.any(String) });
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    });

    it('knows TLS 1.3, and 1.2 with modern ciphers, and nothing older', async () => {
      expect(await edge.getWith({ minVersion: 'TLSv1.3' })).toBe(200);
      expect(await edge.getWith({ maxVersion: 'TLSv1.2' })).toBe(200);
      await expect(edge.getWith({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow();
      await expect(edge.getWith({ maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' })).rejects.toThrow();
    });

    it('is not believed by who does not know its authority', async () => {
      await expect(edge.getWith({ ca: (await testAuthority()).root })).rejects.toMatchObject({
        code: expect.stringMatching(/VERIFY|SIGNATURE|CERT/),
      });
    });

    it('has no plain HTTP', async () => {
      const answer = await new Promise<string>((done) => {
        let text = '';
        const socket = connect(edge.port, '127.0.0.1', () => socket.write('GET /products HTTP/1.1\r\nhost: localhost\r\n\r\n'));
        socket.on('data', (chunk) => (text += String(chunk)));
        socket.on('close', () => done(text));
        socket.on('error', () => done(text));
      });
      expect(answer).not.toContain('200');
    });
  });

  describe('when a client says who it is', () => {
    it('is not believed: the edge gives the request its id', async () => {
      const answer = await edge.get('/products', { 'x-request-id': 'chosen-by-the-client', 'x-forwarded-for': '10.0.0.1' });
      expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
      const logs = async (): Promise<string> => (await Promise.all(edge.replicas.map(async (replica) => replica.log()))).join('');
      // lines are written a little after the answer
      await eventually(async () => expect(await logs()).toContain(String(answer.headers['x-request-id'])));
      expect(await logs()).not.toContain('chosen-by-the-client');
    });
  });

  describe('when asked for what is not for the outside', () => {
    it.each(['/health/ready', '/health/live', '/%68ealth/ready', '/health'])('answers 404 for %s', async (path) => {
      expect((await edge.get(path)).status).toBe(404);
    });

    it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'])('answers 405 for %s', async (method) => {
      const answer = await edge.get('/products', {}, method);
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('GET, HEAD, OPTIONS');
      expect(answer.headers['content-type']).toBe('application/problem+json');
    });
  });

  describe('when a replica shows another authority’s certificate', () => {
    it('gives it nothing', async () => {
      const stranger = await edge.addReplica(await testAuthority());
      const answers: Answer[] = [];
      for (let count = 0; count < 30; count += 1) answers.push(await edge.get('/products?limit=1'));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(await stranger.log()).not.toContain('"msg":"request"');
      await stranger.die();
    });
  });

  describe('when a replica is told to end, under load', () => {
    it('loses no request, and the replica ends with 0', async () => {
      const [first] = edge.replicas;
      const clients = load(50);
      await first?.goAway();
      const answers = await clients.stop();
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(await first?.exitCode()).toBe(0);
      await first?.comeBack();
      await eventually(async () => expect(await replicasThatAnswer()).toHaveLength(2));
    });
  });

  describe('when a replica dies without a word, under load', () => {
    it('sends what was read-only to another: no request is lost', async () => {
      const [first] = edge.replicas;
      const clients = load();
      await first?.die();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const answers = await clients.stop();
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    });
  });
});
