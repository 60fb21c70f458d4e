// Runs in the place of a replica of orders, with its key at NATS: tells anew, under other message ids, what was told of some orders.
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';

const { orders, times, since } = JSON.parse(process.argv[2] ?? '') as { orders: string[]; times: number; since: number };
const connection = await connect({
  servers: process.env['MESSAGING_HOST'] ?? '',
  authenticator: nkeyAuthenticator(readFileSync('/run/seaworthy/secrets/messaging-key')),
  inboxPrefix: '_INBOX.orders',
  timeout: 5_000,
});
const client = jetstream(connection, { checkAPI: false });
const consumer = await client.consumers.get('ORDERS', {
  opt_start_time: new Date(since).toISOString(),
  deliver_policy: 'by_start_time',
} as object);
const told: { subject: string; data: Uint8Array }[] = [];
for (let left = (await consumer.info()).num_pending; left > 0; left -= 1) {
  const message = await consumer.next({ expires: 2_000 });
  if (!message) break;
  if (message.subject.startsWith('orders.placed.') && orders.includes(message.subject.split('.').at(-1) ?? ''))
    told.push({ subject: message.subject, data: message.data });
}
let sent = 0;
for (const { subject, data } of told) {
  for (let count = 0; count < times; count += 1, sent += 1) await client.publish(subject, data, { msgID: randomUUID() });
}
await connection.close();
console.log(`findings=${JSON.stringify({ sent })}`);
process.exit(0);
