import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../../drill.ts';
import { Customer, SHACKLE } from '../../orders/customer.ts';
import { replicaLives } from '../../orders/replicas.ts';
import { problemOf } from '../../problem.ts';

const CONFIGURATION = 'infra/images/haproxy/haproxy.cfg';
const MEGABYTE = 2 ** 20;
/** Together more than the memory of a replica. */
const LARGE = 100 * MEGABYTE;
const AT_ONCE = 2;
const DEPTH = 3_500;

export const drill: Drill = {
  title: 'A customer sends orders of 100 MB, and orders that are nothing but brackets',
  practices: ['1.4', '2.4'],
  attack:
    'A customer with a valid token sends bodies that are larger than the memory of a replica, several at once, and bodies that are nested thousands of levels deep.',
  control:
    'The edge refuses what is larger than an order can be before a replica sees it; a replica has the same limit, and a schema without room for depth.',
  refusals: ['CONTENT_TOO_LARGE'],
  async run(platform) {
    const marina = await Customer.signIn(platform, 'marina');
    const before = await replicaLives(platform);
    const nested = await marina.order(randomUUID(), { lines: [{ productId: SHACKLE, quantity: nest(DEPTH) }] });
    // first: who sent what is large has used up what the edge bears with on one connection
    const small = await marina.order(randomUUID(), { lines: 'x'.repeat(9_000) });
    const large = { lines: 'x'.repeat(LARGE) };
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, async () => marina.order(randomUUID(), large).catch(cut)));
    await sleep(1_000);
    const died = (await replicaLives(platform)).filter((life) => !before.includes(life)).length;
    const refused = answers.filter((answer) => answer.status === 413 || answer.status === 0).length;
    const facts = { 'orders of 100 MB': AT_ONCE, 'refused or cut': refused, 'replicas that died': died, 'nested body': nested.status };
    if (died > 0) return { kind: 'succeeded', reason: `${died} of ${before.length} replicas died of ${AT_ONCE} requests`, facts };
    if (refused !== AT_ONCE || small.status !== 413 || problemOf(small) !== 'content-too-large' || nested.status !== 422)
      throw new Error(`expected 413 for what is large and 422 for what is deep, found ${JSON.stringify(facts)}, ${small.status}`);
    return { kind: 'refused', code: 'CONTENT_TOO_LARGE', reason: 'no replica saw a body that was larger than an order can be', facts };
  },
  withoutControl: {
    summary: 'a copy of the platform whose edge and orders take bodies of any size',
    services: ['identity', 'orders', 'edge'],
    builds: {
      orders: [
        {
          file: 'apps/orders/src/orders.service-options.ts',
          found: 'const BODY_LIMIT = 8 * 1024;',
          becomes: 'const BODY_LIMIT = 2 ** 30;',
        },
      ],
    },
    files: {
      edge: {
        target: '/etc/haproxy/haproxy.cfg',
        edits: [
          {
            file: CONFIGURATION,
            found:
              '  # bodies are for orders and cards, and none is longer\n  http-request deny deny_status 413 if { req.body_size gt 8192 }\n',
            becomes: '',
          },
          {
            file: CONFIGURATION,
            found:
              '  # chunks tell their length only when they are here\n  http-request deny deny_status 413 if { req.body_size gt 8192 }\n',
            becomes: '',
          },
        ],
      },
    },
  },
};

/** The edge may close while a client still sends: that is a refusal too, and the replicas tell whether it was one in time. */
function cut(): { status: number; body: string } {
  return { status: 0, body: '' };
}

function nest(depth: number): unknown {
  return JSON.parse(`${'['.repeat(depth)}1${']'.repeat(depth)}`);
}
