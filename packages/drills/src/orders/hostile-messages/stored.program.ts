// Runs in the place of a replica of orders, with its key at NATS: has JetStream keep what durable consumers then get, and asks how far they are.
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import type { ConsumerState, Stored, StoredAttack, StoredTask } from './stored-messages.ts';

const CONNECT = { checkAPI: false, timeout: 5_000 };
const AT_ONCE = 32;

const task = JSON.parse(process.argv[2] ?? '') as StoredTask;
const connection = await connect({
  servers: process.env['MESSAGING_HOST'] ?? '',
  authenticator: nkeyAuthenticator(readFileSync('/run/seaworthy/secrets/messaging-key')),
  inboxPrefix: '_INBOX.orders',
  timeout: 5_000,
});
const client = jetstream(connection, CONNECT);
const findings = task.do === 'store' ? await store(task) : await lookAtPayments();
await connection.close();
console.log(`findings=${JSON.stringify(findings)}`);
process.exit(0);

async function store({ order, since, repeats, flood }: StoredAttack): Promise<Stored> {
  const [subject, told] = [`orders.placed.${order}`, await whatWasTold(order, since)];
  const event = JSON.parse(Buffer.from(told.data).toString('utf8')) as { id: string; data: { totalCents: number } };
  let dropped = 0;
  const keep = async (where: string, payload: string | Uint8Array, msgID: string = randomUUID()): Promise<void> => {
    if ((await client.publish(where, payload, { msgID })).duplicate) dropped += 1;
  };
  // out of order: the end of an order that is paid, and then its beginning again; under the id that it had, and under others
  await keep(`orders.cancelled.${order}`, JSON.stringify({ ...event, id: randomUUID(), type: 'order.cancelled' }));
  await keep(subject, told.data, told.id);
  for (let count = 0; count < repeats; count += 1) await keep(subject, told.data);
  // another event of the same order: to be paid a second time, and dearer
  const data = { ...event.data, totalCents: event.data.totalCents * 2 };
  await keep(subject, JSON.stringify({ ...event, id: randomUUID(), data }));
  const unreadable = [
    Uint8Array.from([0xff, 0xfe, 0x00]),
    '',
    '[]',
    '{"type":'.repeat(500),
    JSON.stringify({ ...event, id: randomUUID(), specversion: '9.9' }),
    JSON.stringify({ ...event, id: randomUUID(), data: { orderId: order } }),
    '{"__proto__":{"type":"order.placed"}}',
  ];
  const payloads = Array.from({ length: flood }, (_, at) => unreadable[at % unreadable.length] ?? '');
  for (let at = 0; at < flood; at += AT_ONCE) await Promise.all(payloads.slice(at, at + AT_ONCE).map(async (one) => keep(subject, one)));
  return { sent: 3 + repeats + flood, dropped, poison: 1 + flood };
}

/** The one message of the order that is in the stream. */
async function whatWasTold(order: string, since: number): Promise<{ id: string; data: Uint8Array }> {
  const consumer = await client.consumers.get('ORDERS', {
    filter_subjects: `orders.placed.${order}`,
    opt_start_time: new Date(since).toISOString(),
    deliver_policy: 'by_start_time',
  } as object);
  const message = await consumer.next({ expires: 5_000 });
  if (!message) throw new Error(`expected the stream to hold what was told of ${order}, found nothing`);
  return { id: message.headers?.get('Nats-Msg-Id') ?? '', data: message.data };
}

async function lookAtPayments(): Promise<ConsumerState> {
  const manager = await jetstreamManager(connection, CONNECT);
  const { num_pending: waiting, num_ack_pending: inHand } = await manager.consumers.info('ORDERS', 'payments');
  return { waiting, inHand };
}
