// Runs in the place of a replica of orders, with its key at NATS: says what it likes about one order, to everybody who listens.
import { readFileSync } from 'node:fs';
import { connect, headers, nkeyAuthenticator } from '@nats-io/transport-node';

const { order, duplicates } = JSON.parse(process.argv[2] ?? '') as { order: string; duplicates: number };
const key = readFileSync('/run/seaworthy/secrets/messaging-key');
const connection = await connect({
  servers: process.env['MESSAGING_HOST'] ?? '',
  authenticator: nkeyAuthenticator(key),
  inboxPrefix: '_INBOX.orders',
  timeout: 5_000,
});
let sent = 0;
const say = (subject: string, payload: string | Uint8Array, id?: string): void => {
  const named = headers();
  if (id !== undefined) named.set('Nats-Msg-Id', id);
  // whoever listens hears it; the stream, which is none of that name, keeps nothing: with this key nobody could take it out again
  named.set('Nats-Expected-Stream', 'DRILL');
  connection.publish(subject, payload, { headers: named });
  sent += 1;
};

// late and out of order: the end before the beginning, and the beginning again
say(`orders.cancelled.${order}`, JSON.stringify({ type: 'order.cancelled', sequence: 2, data: { orderId: order, status: 'cancelled' } }));
// twice, with one id and with others
for (let count = 0; count < duplicates; count += 1)
  say(
    `orders.placed.${order}`,
    JSON.stringify({ type: 'order.placed', sequence: 1, data: { orderId: order } }),
    count % 2 ? 'drill' : undefined,
  );
// what nobody can read
say(`orders.placed.${order}`, Uint8Array.from([0xff, 0xfe, 0x00]));
say(`orders.placed.${order}`, '{"type":'.repeat(5_000));
say(`orders.paid.${order}`, '[]');
say(`orders.__proto__.${order}`, '{"__proto__":{"status":"paid"}}');
say('orders.placed', '');
await connection.flush();
await connection.close();
console.log(`findings=${JSON.stringify({ sent })}`);
process.exit(0);
