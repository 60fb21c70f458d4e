import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../../drill.ts';
import { awaitCalm } from '../../fleet/replicas.ts';
import { Customer, SHACKLE } from '../../orders/customer.ts';
import { replicaLives } from '../../orders/replicas.ts';
import type { DrillPlatform } from '../../platform.ts';
import { sendRaw, servedAgain } from '../own-connection.ts';
import { judge } from './judge.ts';

const CONFIGURATION = 'infra/images/haproxy/haproxy.cfg';
const MEGABYTE = 2 ** 20;
/** Together more than the memory of a replica. */
const LARGE = 100 * MEGABYTE;
const AT_ONCE = 2;
const DEPTH = 3_500;
/** A busy machine takes its time over 100 MB. */
const PATIENCE_MS = 90_000;

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
    // a replica that the fleet is about to replace anyhow would look like one that died
    await awaitCalm(platform, 'orders');
    const before = await replicaLives(platform);
    const since = Date.now();
    const nested = await marina.order(randomUUID(), { lines: [{ productId: SHACKLE, quantity: nest(DEPTH) }] });
    const small = await marina.order(randomUUID(), { lines: 'x'.repeat(9_000) });
    const token = await platform.customer('marina')();
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, async () => sendRaw(platform, largeOrder(token), PATIENCE_MS)));
    await sleep(1_000);
    const replicasThatDied = (await replicaLives(platform)).filter((life) => !before.includes(life)).length;
    const refusedAtEdge = await tooLargeAtEdge(platform, since);
    const outcome = judge({ nested, small, large: answers, refusedAtEdge, replicasThatDied });
    // on a connection of his own: the edge is done with that of who has sent all this
    if (outcome.kind === 'succeeded' || (await servedAgain(platform)) !== undefined) return outcome;
    return {
      kind: 'succeeded',
      reason: 'no customer is served afterwards',
      withheld: ['the death of a replica'],
      facts: outcome.facts ?? {},
    };
  },
  withoutControl: {
    summary: 'a copy of the platform whose edge and orders take bodies of any size, and whose schema has room for any depth',
    services: ['identity', 'orders', 'edge'],
    builds: {
      orders: [
        {
          file: 'apps/orders/src/orders.service-options.ts',
          found: 'const BODY_LIMIT = 8 * 1024;',
          becomes: 'const BODY_LIMIT = 2 ** 30;',
        },
        {
          file: 'apps/orders/src/orders/order.schema.ts',
          found: 'quantity: z.int().min(1).max(MOST_PIECES) }))',
          // looks at all of it, level after level
          becomes: 'quantity: z.unknown().refine((value) => z.json().safeParse(value).success) }))',
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

function nest(depth: number): unknown {
  return JSON.parse(`${'['.repeat(depth)}1${']'.repeat(depth)}`);
}

/** Each has a connection of its own: the edge soon gives one up on which too much comes that it does not take, and nothing more comes by it. */
function largeOrder(token: string): [head: string, body: Buffer] {
  const body = Buffer.from(JSON.stringify({ lines: 'x'.repeat(LARGE) }));
  const fields = [
    'host: localhost',
    `authorization: Bearer ${token}`,
    `idempotency-key: ${randomUUID()}`,
    'content-type: application/json',
  ];
  return [`POST /orders HTTP/1.1\r\n${fields.join('\r\n')}\r\ncontent-length: ${body.length}\r\n\r\n`, body];
}

async function tooLargeAtEdge(platform: DrillPlatform, since: number): Promise<number> {
  // its log has whole seconds
  const lines = await platform.logs('edge', since - 1_000);
  return lines.filter(({ method, path, status }) => method === 'POST' && String(path).endsWith('/orders') && status === 413).length;
}
