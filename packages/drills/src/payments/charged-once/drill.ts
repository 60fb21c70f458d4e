import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type { Drill } from '../../drill.ts';
import { parseFindings } from '../../findings.ts';
import type { DrillPlatform } from '../../platform.ts';
import { readLedger } from '../ledger.ts';
import { CARDS, Shopper } from '../shopper.ts';

/** Each message is told so often anew. */
const TIMES = 3;
const CHARGE_MS = 60_000;
const TRIES = 5;
/** A payment whose replica died is left alone for 20 s, and what fails is asked again later and later. */
const END_MS = 180_000;

export const drill: Drill = {
  title: 'Orders are told again and again, the provider fails, is slow and hangs up, and replicas die while they charge',
  practices: ['1.4'],
  attack:
    'Customers pay with cards that make the provider answer late, with errors, or not at all after it has charged; every replica of payments is killed (SIGKILL) when the first charge is in the ledger and before anybody was told of it; and every order is told anew under other message ids.',
  control:
    'A payment is one row for its order, noted with the message; the provider is asked under the payment’s own key, in every attempt of every replica, and charges once for a key.',
  refusals: ['CHARGED_ONCE'],
  slow: true,
  async run(platform) {
    const since = Date.now();
    const marina = await Shopper.signIn(platform, 'marina');
    const cards = await Promise.all(Object.values(CARDS).map(async (number) => marina.keepCard(number)));
    const { late, hit, killed, killedAt } = await killWhileCharging(platform, marina);
    const others = await Promise.all(cards.map(async (card) => marina.order(randomUUID(), card)));
    const orders = [...late, ...others.map(({ id }) => id)];
    const program = { file: join(import.meta.dirname, 'replay.program.ts'), args: [JSON.stringify({ orders, times: TIMES, since })] };
    const { sent } = parseFindings<{ sent: number }>(await platform.inPlaceOf('orders', { program }));
    const statuses = await marina.ended(orders, END_MS);
    const ledger = await readLedger(platform, orders);
    const charges = orders.map((order) => ledger.filter(({ reference, status }) => reference === order && status === 'succeeded').length);
    const facts = { orders: orders.length, 'messages told anew': sent, 'replicas killed': killed, charges: charges.join(', ') };
    const doubled = charges.filter((count) => count > 1).length;
    const withheld = (charges[orders.indexOf(hit)] ?? 0) > 1 ? [] : ['to charge twice what a replica died of'];
    if (doubled > 0)
      return { kind: 'succeeded', reason: `${doubled} of ${orders.length} orders were charged more than once`, withheld, facts };
    if (charges.some((count) => count !== 1) || statuses.some((status) => status !== 'paid') || sent < TIMES || killed === 0)
      throw new Error(`expected every order to be charged and paid, found ${JSON.stringify({ ...facts, statuses })}`);
    if (!(await ended(platform, hit, killedAt)))
      throw new Error(`expected another replica to end the payment that one died of, found no word of ${hit}`);
    return {
      kind: 'refused',
      code: 'CHARGED_ONCE',
      reason: `each of ${orders.length} orders has one charge in the provider's ledger`,
      facts,
    };
  },
  withoutControl: {
    summary: 'a copy of the platform whose payments asks the provider under a fresh key each time',
    services: ['identity', 'orders', 'payments', 'edge'],
    builds: {
      payments: [
        {
          file: 'apps/payments/src/provider/provider.client.ts',
          found: "'idempotency-key': key }",
          becomes: "'idempotency-key': crypto.randomUUID() }",
        },
      ],
    },
  },
};

/** What became of orders whose charge is answered late. */
interface Killed {
  readonly late: readonly string[];
  /** the one of them that was charged, and of which nobody was told, when every replica died */
  readonly hit: string;
  readonly killed: number;
  readonly killedAt: number;
}

/** Kills every replica between a charge and its answer. On a busy machine the answer may be quicker: then once more, with another order. */
async function killWhileCharging(platform: DrillPlatform, shopper: Shopper): Promise<Killed> {
  const card = await shopper.keepCard(CARDS.slow);
  const late: string[] = [];
  for (let killed = 0; late.length < TRIES;) {
    const { id } = await shopper.order(randomUUID(), card);
    late.push(id);
    await awaitCharge(platform, id);
    killed += await killReplicas(platform);
    const killedAt = Date.now();
    if ((await shopper.statusOf(id)) === 'paying') return { late, hit: id, killed, killedAt };
  }
  throw new Error(`expected to kill before a charge is answered, found each of ${TRIES} answered already`);
}

/** Whether a replica that lives after that moment says that it has brought an order's payment to its end. */
async function ended(platform: DrillPlatform, order: string, since: number): Promise<boolean> {
  return (await platform.logs('payments', since)).some((line) => line['msg'] === 'payment ended' && line['order'] === order);
}

/** Until the provider has charged for an order; as it answers later, nobody need have been told of it then. */
async function awaitCharge(platform: DrillPlatform, order: string): Promise<void> {
  for (const until = Date.now() + CHARGE_MS; (await readLedger(platform, [order])).length === 0; await sleep(100))
    if (Date.now() > until) throw new Error(`expected a charge for ${order} within ${CHARGE_MS / 1000} s, found none in the ledger`);
}

/** Kills all at once; the fleet puts others in their places. Where there is no fleet, they are started again. */
async function killReplicas(platform: DrillPlatform): Promise<number> {
  const { docker, project } = platform;
  const label = [`${OWNER_LABEL}=${project}`, 'com.docker.compose.service=payments', 'com.docker.compose.oneoff=False'];
  const replicas = (await docker.listContainers({ filters: { label } })).map(({ Id }) => docker.getContainer(Id));
  await Promise.all(replicas.map(async (replica) => replica.kill()));
  if (!(await platform.hasFleet())) await Promise.all(replicas.map(async (replica) => replica.start()));
  return replicas.length;
}
