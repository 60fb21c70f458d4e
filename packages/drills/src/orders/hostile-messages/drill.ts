import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../../drill.ts';
import { parseFindings } from '../../findings.ts';
import { awaitThat } from '../../await-that.ts';
import { Customer } from '../customer.ts';
import { replicaLives } from '../replicas.ts';
import { CHARGED_TWICE, FLOOD, HELD_UP, storeMessages } from './stored-messages.ts';

const DUPLICATES = 20;
/** As long as messages need to come to every replica, and what a replica makes of them to the customer. */
const TALK_MS = 2_000;
const STREAM_MS = 10_000;

const BELIEVED = 'a message believed';

export const drill: Drill = {
  title: 'Messages come twice, late, out of order, unreadable, and untrue',
  practices: ['1.1', '1.4'],
  attack: `Somebody with the key by which orders speaks to NATS tells of an order that it was cancelled, that it was placed twenty times, that it was paid, and sends what nobody can read. Then JetStream stores, about an order that is paid: its end before its beginning, its beginning again under other message ids, a second event that it is to be paid, dearer, and ${FLOOD} messages that are no JSON, of another version or incomplete.`,
  control:
    'To a replica a message is a hint that something may have happened: what a customer is told is read from the database. An order has one payment, whoever tells of it; what payments cannot act upon goes to the dead letters at once, and its turn goes to the next.',
  refusals: ['NOTHING_BELIEVED'],
  async run(platform) {
    const marina = await Customer.signIn(platform, 'marina');
    const { id } = await marina.placed(randomUUID());
    const lives = await replicaLives(platform);
    const following = marina.followUntil(id, 'order.cancelled');
    // from then on the stream is there to hear what is said
    const heardFirst = await awaitThat(async () => Promise.resolve(following.heard().includes('order.placed')), STREAM_MS);
    if (heardFirst === undefined) throw new Error(`expected the stream to begin within ${STREAM_MS / 1000} s, found silence`);
    const program = {
      file: join(import.meta.dirname, 'messages.program.ts'),
      args: [JSON.stringify({ order: id, duplicates: DUPLICATES })],
    };
    const { sent } = parseFindings<{ sent: number }>(await platform.inPlaceOf('orders', { program }));
    await sleep(TALK_MS);
    const status = (JSON.parse((await marina.get(`/${id}`)).body) as { status: string }).status;
    const early = following.heard();
    await marina.cancel(id);
    const heard = await following.end;
    const delivered = await storeMessages(platform);
    const died = (await replicaLives(platform)).filter((life) => !lives.includes(life)).length;
    const facts = {
      'messages sent': sent,
      'events told before the end': early.join(', '),
      'events told': heard.length,
      ...delivered.facts,
      'replicas that died': died,
    };
    const believed = early.filter((event, at) => at > 0 || event !== 'order.placed');
    const isBelieved = believed.length > 0 || status !== 'placed';
    const harm = [...(isBelieved ? [BELIEVED] : []), ...delivered.harm];
    if (harm.length > 0 || died > 0)
      return {
        kind: 'succeeded',
        reason: `${harm.join('; ')}: the customer was told ${early.join(', ')} of an order that is ${status}; replicas that died: ${died}`,
        withheld: [BELIEVED, CHARGED_TWICE, HELD_UP].filter((what) => !harm.includes(what)),
        facts,
      };
    if (early.join() !== 'order.placed' || heard.join() !== 'order.placed,order.cancelled')
      throw new Error(`expected what happened, once and in its order, found ${JSON.stringify({ ...facts, heard })}`);
    return {
      kind: 'refused',
      code: 'NOTHING_BELIEVED',
      reason: `of ${sent} messages the customer was told what is true, once; ${delivered.facts['dead letters']} that were stored are dead letters, and an order behind them is paid`,
      facts,
    };
  },
  withoutControl: {
    summary:
      'a copy of the platform whose replicas tell customers what messages say, and whose payments takes the newest word about an order and tries again, for ever, what it cannot act upon',
    services: ['identity', 'orders', 'payments', 'edge'],
    builds: {
      orders: [
        {
          file: 'apps/orders/src/events/event-streams.ts',
          found: 'if (about.order === order) void stream.wake();',
          becomes: "if (about.order === order) stream.push(`event: order.${subject.split('.')[1]}\\ndata: {}\\n\\n`);",
        },
      ],
      payments: [
        {
          file: 'apps/payments/src/payments/payments.repository.ts',
          found: "column('order_id').doNothing()",
          becomes: "column('order_id').doUpdateSet({ id: payment.id, status: 'pending', attempts: 0, due_at: new Date() })",
        },
        {
          file: 'packages/platform/src/messaging/durable.consumer.ts',
          found: 'if (!(await this.#policy.isPoison(message, error))) {',
          becomes: 'if (!(await this.#policy.isPoison(message, error)) || true) {',
        },
      ],
    },
  },
};
