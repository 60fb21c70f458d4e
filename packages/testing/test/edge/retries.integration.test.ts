import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TestEdge } from './edge.fixture.ts';
import type { Answer, Replica } from './edge.fixture.ts';

/** How long the edge waits for a replica (haproxy.cfg). */
const SERVER_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 2_000;

describe('the edge, before replicas that fail', () => {
  let edge: TestEdge;
  let [one, other]: Replica[] = [];

  beforeAll(async () => {
    edge = await TestEdge.start({ replicas: 2 });
    [one, other] = edge.replicas;
    await both();
  });
  beforeEach(async () => {
    await Promise.all([one?.behave('answer'), other?.behave('answer')]);
  });
  afterAll(async () => {
    await edge?.stop();
  });

  const ask = async (): Promise<string> => ((await edge.ask('/orders')).body.match(/"replica":"(\w+)"/) ?? [])[1] ?? 'none';
  /** Waits until each of the replicas was seen to answer, and none failed. */
  async function both(count = 2, patience = 30_000): Promise<number> {
    const since = performance.now();
    for (let seen = new Set<string>(); seen.size < count; await sleep(20)) {
      if (performance.now() - since > patience) throw new Error(`expected ${count} replicas, found ${[...seen].join(', ')}`);
      seen = new Set([...seen, await ask()].filter((name) => name !== 'none'));
    }
    return performance.now() - since;
  }
  const seenAtBoth = async (path: string) => [...((await one?.seen(path)) ?? []), ...((await other?.seen(path)) ?? [])];
  const withKey = (): Record<string, string> => ({ 'idempotency-key': randomUUID(), 'content-type': 'application/json' });

  describe('when a replica reads a request and goes', () => {
    beforeEach(async () => one?.behave('cut'));

    it('asks another what was only to be read', async () => {
      for (let count = 0; count < 6; count += 1) expect((await edge.ask('/orders')).status).toBe(200);
    });

    it('sends what has an Idempotency-Key to another, whole', async () => {
      const body = JSON.stringify({ lines: 'x'.repeat(8_000) });
      const answers = await Promise.all(Array.from({ length: 8 }, async () => edge.order(withKey(), body)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const seen = await Promise.all(answers.map(async ({ path }) => seenAtBoth(path)));
      expect(seen.flat().every((request) => request.body === body)).toBe(true);
      expect(seen.some((requests) => requests.length === 2)).toBe(true);
    });

    it('sends what writes without a key once, and says that it does not know what became of it', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, async () => edge.order({})));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 502]));
      for (const { path } of answers) expect(await seenAtBoth(path)).toHaveLength(1);
    });

    it('sends a card once, whatever key comes with it: payments knows it by none', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, async () => edge.card(withKey())));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 502]));
      for (const { path } of answers) expect(await seenAtBoth(path)).toHaveLength(1);
    });

    it('asks another for cards, where they were only to be read', async () => {
      for (let count = 0; count < 6; count += 1) expect((await edge.ask('/cards')).status).toBe(200);
    });
  });

  describe('when a replica says that it cannot answer now', () => {
    beforeEach(async () => one?.behave('refuse'));

    it('asks another, where that is safe', async () => {
      const sent = Array.from({ length: 8 }, () => [edge.ask('/orders'), edge.order(withKey())]);
      const answers = await Promise.all(sent.flat());
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    });

    it('passes the refusal on, where a second time could be one too many', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, async () => edge.order({})));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
      for (const { path } of answers) expect(await seenAtBoth(path)).toHaveLength(1);
    });

    it('passes it on for a card, whatever key comes with it', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, async () => edge.card(withKey())));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
      for (const { path } of answers) expect(await seenAtBoth(path)).toHaveLength(1);
    });

    it('passes it on when all say so, after three more times', async () => {
      await other?.behave('refuse');
      const { status, body, path } = await edge.order(withKey());
      expect({ status, body }).toEqual({ status: 503, body: 'not now' });
      expect(await seenAtBoth(path)).toHaveLength(4);
    });
  });

  describe('when a replica hangs, but answers its probes', () => {
    it('asks another after 5 s, where that is safe', async () => {
      await one?.behave('hang');
      // as often as it takes until the one that hangs was asked: which of two idle replicas is asked first is nobody's promise
      const statusOfHung = async (send: () => Promise<Answer>): Promise<number> => {
        for (;;) {
          const { status, durationMs } = await send();
          if (durationMs > SERVER_TIMEOUT_MS - 100) return status;
          expect(status).toBe(200);
        }
      };
      const [read, keyed, unkeyed] = await Promise.all([
        statusOfHung(async () => edge.ask('/orders')),
        statusOfHung(async () => edge.order(withKey())),
        statusOfHung(async () => edge.order({})),
      ]);
      expect({ read, keyed, unkeyed }).toEqual({ read: 200, keyed: 200, unkeyed: 504 });
    });
  });

  describe('when a replica is frozen', () => {
    it('has it out of rotation before a request would be given up, and back by itself', async () => {
      await one?.container.hang();
      const since = performance.now();
      try {
        while (!/^orders,orders\d+,.*,DOWN,/m.test(await edge.stats('show stat'))) await sleep(50);
        // two checks that find nobody, which is 2 s; the drill freeze-a-replica measures it
        expect(performance.now() - since).toBeLessThan(SERVER_TIMEOUT_MS);
        const answers = await Promise.all(Array.from({ length: 10 }, async () => edge.ask('/orders')));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        // nobody has waited for the one that is frozen
        expect(Math.max(...answers.map(({ durationMs }) => durationMs))).toBeLessThan(CONNECT_TIMEOUT_MS);
      } finally {
        await one?.container.goOn();
      }
      await both();
    });
  });

  describe('when every replica misses its checks at the same time', () => {
    /** Servers of a backend that are given requests: some of them may have missed one check already (`UP 1/2`). */
    const given = async (backend: string) =>
      ((await edge.stats('show stat')).match(new RegExp(`^${backend},${backend}\\d+,.*,UP`, 'gm')) ?? []).length;
    const miss = async (backend: string): Promise<void> => {
      await Promise.all([one?.behave('breathless'), other?.behave('breathless')]);
      while ((await given(backend)) > 0) await sleep(50);
    };
    afterEach(async () => {
      await Promise.all([one?.behave('answer'), other?.behave('answer')]);
      for (const backend of ['orders', 'orders-patient', 'payments', 'payments-patient'])
        while ((await given(backend)) < 2) await sleep(50);
    });

    it('asks them all the same', async () => {
      await Promise.all([miss('orders'), miss('payments')]);
      const answers = await Promise.all([
        ...Array.from({ length: 5 }, async () => edge.ask('/orders')),
        ...Array.from({ length: 5 }, async () => edge.order(withKey())),
        ...Array.from({ length: 5 }, async () => edge.card({})),
      ]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect([await given('orders'), await given('payments')]).toEqual([0, 0]);
    });

    it('asks those whose checks pass too late, also where none has passed before', async () => {
      await Promise.all([miss('orders'), miss('orders-patient')]);
      await Promise.all([one?.behave('slow'), other?.behave('slow')]);
      while ((await given('orders-patient')) < 2) await sleep(50);
      expect((await edge.ask('/orders')).status).toBe(200);
      expect(await given('orders')).toBe(0);
    });

    it('passes over one that has just died', async () => {
      await miss('orders');
      await one?.container.die();
      const answers = await Promise.all(Array.from({ length: 6 }, async () => edge.ask('/orders')));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(await given('orders')).toBe(0);
      await Promise.all([one?.container.comeBack(), other?.behave('answer')]);
      await both();
    });

    it('refuses at once when that lasts', async () => {
      await miss('orders-patient');
      const { status, durationMs } = await edge.ask('/orders');
      expect(status).toBe(503);
      expect(durationMs).toBeLessThan(CONNECT_TIMEOUT_MS);
    });
  });

  describe('when replicas come and go', () => {
    it('finds a new one within some seconds, and loses no request when it goes', async () => {
      const third = await edge.addReplica();
      expect(await both(3)).toBeLessThan(10_000);
      const stop = new AbortController();
      const statuses = new Set<number>();
      const client = async (): Promise<void> => {
        while (!stop.signal.aborted) statuses.add((await edge.ask('/orders')).status);
      };
      const clients = [client(), client()];
      await third.container.die();
      await sleep(2_500);
      stop.abort();
      await Promise.all(clients);
      expect(statuses).toEqual(new Set([200]));
    });
  });

  describe('who scales', () => {
    it('can look at servers and queues through a socket of its own', async () => {
      const table = await edge.stats('show stat');
      expect(table).toMatch(/^.*# pxname,svname,qcur/m);
      for (const server of ['orders,orders1,', 'orders,orders10,', 'catalog,catalog10,']) expect(table).toContain(server);
    });

    it.each(['disable server orders/orders1', 'set server orders/orders1 state maint', 'shutdown sessions server orders/orders1'])(
      'may not: %s',
      async (command) => {
        expect(await edge.stats(command)).toContain('Permission denied');
        await both();
      },
    );
  });
});
