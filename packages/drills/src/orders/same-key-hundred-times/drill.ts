import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../../drill.ts';
import { Customer, SHACKLE } from '../customer.ts';
import type { Answer } from '../customer.ts';
import { readBooks } from '../books.ts';

const TIMES = 100;
/** a machine that is full may make the first of them take longer than the others wait */
const SENT_AT_MOST = 10;
const RETRY_AFTER_MS = 1000;

export const drill: Drill = {
  title: 'One order is sent a hundred times at once',
  practices: ['1.1', '1.4'],
  attack:
    'A customer, or a broken client that tries again too eagerly, sends the same order with the same Idempotency-Key a hundred times at the same moment, to whichever replica the edge chooses.',
  control: 'The key is a row of the transaction that writes the order: who comes second waits at it, and gets the answer of the first.',
  refusals: ['PLACED_ONCE'],
  async run(platform) {
    const marina = await Customer.signIn(platform, 'marina');
    const [key, since] = [randomUUID(), Date.now()];
    const before = await readBooks(platform, since);
    const sent = await Promise.all(Array.from({ length: TIMES }, async () => untilAnswered(async () => marina.order(key))));
    const answers = sent.map(({ answer }) => answer);
    const books = await readBooks(platform, since);
    const ids = [...new Set(answers.filter(({ status }) => status === 201).map(({ body }) => (JSON.parse(body) as { id: string }).id))];
    const orders = books.orders.filter(({ id }) => ids.includes(id)).length;
    const reserved = (before.stock[SHACKLE] ?? 0) - (books.stock[SHACKLE] ?? 0);
    for (const id of ids) await marina.cancel(id);
    const kinds = [...new Set(answers.map(({ status, body }) => `${status} ${body}`))];
    const again = sent.reduce((sum, { times }) => sum + times - 1, 0);
    const facts = {
      answers: TIMES,
      'told to send it again': again,
      'different answers': kinds.length,
      orders,
      'pieces reserved': reserved,
    };
    if (orders > 1 || reserved > 1)
      return {
        kind: 'succeeded',
        reason: `${orders} orders, ${reserved} pieces reserved, of one`,
        withheld: orders > 1 ? [] : ['a second order'],
        facts,
      };
    if (orders !== 1 || reserved !== 1 || kinds.length !== 1) {
      const shown = kinds.map((kind) => kind.slice(0, 200)).join('\n');
      throw new Error(`expected one order, one piece reserved and one answer, found ${JSON.stringify(facts)}:\n${shown}`);
    }
    return { kind: 'refused', code: 'PLACED_ONCE', reason: `one order, one piece reserved, ${TIMES} identical answers`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform whose orders takes every request for a new one, whatever its key',
    services: ['identity', 'orders', 'edge'],
    builds: {
      orders: [
        {
          file: 'apps/orders/src/idempotency/once.ts',
          found: 'if (!(await claim(transaction, request)))',
          becomes: 'if (!(await claim(transaction, { ...request, key: crypto.randomUUID() })))',
        },
      ],
    },
  },
};

/** As a client does that is told that its first request is still being worked on. */
async function untilAnswered(order: () => Promise<Answer>, times = 1): Promise<{ answer: Answer; times: number }> {
  const answer = await order();
  const isInProgress = answer.status === 409 && answer.body.includes('IDEMPOTENCY_IN_PROGRESS');
  if (!isInProgress || times === SENT_AT_MOST) return { answer, times };
  await sleep(RETRY_AFTER_MS);
  return untilAnswered(order, times + 1);
}
