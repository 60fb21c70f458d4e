// Runs in the place of a replica of orders, with its rights: reads what PostgreSQL and JetStream hold, whatever the service says of it.
import { readFileSync } from 'node:fs';
import { jetstream } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { Client } from 'pg';
import type { Books } from './books.ts';

const { since } = JSON.parse(process.argv[2] ?? '') as { since: number };
const secret = (name: string): string => readFileSync(`/run/seaworthy/secrets/${name}`, 'utf8').trim();
const { DATABASE_HOST: host, DATABASE_NAME: database, DATABASE_USER: user, MESSAGING_HOST: servers } = process.env;

const books: Books = { ...(await readDatabase()), messages: await readStream() };
// more than a pipe holds, after a long attack: an exit before it is written would cut it off
process.stdout.write(`findings=${JSON.stringify(books)}\n`, () => process.exit(0));

async function readDatabase(): Promise<Omit<Books, 'messages'>> {
  const client = new Client({ host, database, user, password: secret('database-password') });
  await client.connect();
  const from = [new Date(since)];
  const orders = await client.query('select id, owner, status, total_cents as "totalCents" from orders where placed_at >= $1', from);
  const events = await client.query(
    'select id, order_id as "orderId", type, published_at is not null as published from order_events where occurred_at >= $1',
    from,
  );
  const stock = await client.query('select product_id as id, available from stock');
  await client.end();
  return {
    orders: orders.rows as Books['orders'],
    events: events.rows as Books['events'],
    stock: Object.fromEntries((stock.rows as { id: string; available: number }[]).map(({ id, available }) => [id, available])),
  };
}

async function readStream(): Promise<string[]> {
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(secret('messaging-key')));
  const connection = await connect({ servers: servers ?? '', authenticator, inboxPrefix: '_INBOX.orders', timeout: 5_000 });
  const consumer = await jetstream(connection, { checkAPI: false }).consumers.get('ORDERS', {
    opt_start_time: new Date(since).toISOString(),
    deliver_policy: 'by_start_time',
  } as object);
  const ids: string[] = [];
  for (let left = (await consumer.info()).num_pending; left > 0; left -= 1) {
    const message = await consumer.next({ expires: 2_000 });
    if (!message) break;
    ids.push(message.headers?.get('Nats-Msg-Id') ?? '');
  }
  await connection.close();
  return ids;
}
