import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '../../drill.ts';
import { awaitThat } from '../../await-that.ts';
import { awaitCalm, awaitOwn } from '../../fleet/replicas.ts';
import { Orders, Traffic } from '../../fleet/traffic.ts';
import type { DrillPlatform } from '../../platform.ts';
import { replicaAddresses } from '../replicas.ts';

/** Each way. More, and the edge would take it for a replica that hangs. */
const DELAY_MS = 40;
/** How many of the requests. */
const RESETS = 0.3;
/** After so many of them it is enough, also of the edge's own questions. */
const WANTED = 20;
const PATIENCE_MS = 45_000;

export const drill: Drill = {
  title: 'The line to a replica is slow, and connections on it are reset',
  practices: ['1.4'],
  attack:
    'Between the edge and one more replica of orders every byte is late, and a third of the requests end with a reset connection, before the replica has heard of them or after. Customers order, and try nothing twice.',
  control:
    'The edge sends what got no answer to another replica, a few times, where that is safe: an order has a key, and is taken once for it.',
  refusals: ['SERVED'],
  slow: true,
  async run(platform) {
    await awaitCalm(platform, 'orders');
    const given = { replicas: await replicaAddresses(platform), delayMs: DELAY_MS, resets: RESETS };
    const program = readFileSync(join(import.meta.dirname, 'bad-line.mjs'), 'utf8').replace('__GIVEN__', () => JSON.stringify(given));
    const orders = await Orders.begin(platform);
    const since = Date.now();
    const line = await platform.standIn(program, { network: 'edge-orders', alias: 'orders' });
    const resets = async (): Promise<number> => (await line.output()).split('reset').length - 1;
    let seen = 0;
    const traffic = Traffic.of(orders.place, { clients: 4, pause: 20 }, 201);
    try {
      await awaitThat(async () => (seen = await resets()) >= WANTED, PATIENCE_MS);
    } finally {
      await traffic.stop();
      await line.stop();
    }
    await awaitOwn(platform, 'orders');
    if (seen < WANTED) throw new Error(`expected ${WANTED} connections to be reset, found ${seen}: the line was not used`);
    const again = await sentAgain(platform, since);
    const { accepted, lost, doubled } = await orders.audit();
    const facts = {
      orders: traffic.answers.length,
      'connections reset': seen,
      'orders sent again': again,
      'orders that failed': traffic.losses,
      'slowest, ms': traffic.slowest,
      'orders accepted': accepted,
    };
    if (lost + doubled > 0) return { kind: 'succeeded', reason: `${lost} accepted orders lost, ${doubled} doubled`, facts };
    if (traffic.lost.length > 0) {
      const isBroken = traffic.lost.some(({ result }) => result.startsWith('502'));
      return { kind: 'succeeded', reason: `orders failed: ${traffic.losses}`, withheld: isBroken ? [] : ['to break an order off'], facts };
    }
    // the edge's own questions are reset, too: of them nobody would have noticed
    if (again === 0) throw new Error(`expected orders among what was reset, found none that was sent again: ${JSON.stringify(facts)}`);
    return { kind: 'refused', code: 'SERVED', reason: `each of ${accepted} orders was taken, and taken once`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform whose edge sends nothing a second time',
    services: ['identity', 'catalog', 'orders', 'edge'],
    files: {
      edge: {
        target: '/etc/haproxy/haproxy.cfg',
        edits: [
          {
            file: 'infra/images/haproxy/haproxy.cfg',
            found: '  retry-on conn-failure empty-response junk-response response-timeout 503\n',
            becomes: '  retry-on none\n',
          },
        ],
      },
    },
  },
};

/** How many orders the edge sent a second time, by its own log. */
async function sentAgain(platform: DrillPlatform, since: number): Promise<number> {
  // its log has whole seconds
  const lines = await platform.logs('edge', since - 1_000);
  return lines.filter(({ method, path, retries }) => method === 'POST' && String(path).endsWith('/orders') && Number(retries) > 0).length;
}
