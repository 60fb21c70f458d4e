import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createUser } from '@nats-io/nkeys';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { SHOP_STREAMS } from '@seaworthy/contracts';
import { startNats } from '@seaworthy/testing';
import type { StartedNats } from '@seaworthy/testing';
import { messagingAccounts } from '../../src/start/messaging-accounts.ts';

const { orders, payments } = SHOP_STREAMS;

describe('the accounts of NATS', () => {
  let nats: StartedNats;
  let connection: NatsConnection;

  beforeAll(async () => {
    const other = new TextDecoder().decode(createUser().getSeed());
    nats = await startNats({ accounts: (_key, seed) => messagingAccounts({ orders: seed, payments: other }) });
    const authenticator = nkeyAuthenticator(new TextEncoder().encode(nats.key));
    connection = await connect({ servers: `${nats.host}:${nats.port}`, authenticator, inboxPrefix: '_INBOX.orders' });
  });
  afterAll(async () => {
    await connection?.close();
    await nats?.stop();
  });

  const manager = async () => jetstreamManager(connection, { checkAPI: false, timeout: 2_000 });
  const stream = { name: orders.name, subjects: [...orders.subjects] };
  const refused = { cause: { name: 'PermissionViolationError' } };

  it('let orders make its stream, and a consumer that changes with its version', async () => {
    const { streams, consumers } = await manager();
    await streams.add(stream);
    const durable = { durable_name: 'orders', ack_policy: 'explicit' } as const;
    await consumers.add(orders.name, durable);
    expect(await consumers.update(orders.name, 'orders', { max_ack_pending: 1 })).toMatchObject({ name: 'orders' });
    expect(await jetstream(connection).publish('orders.placed.x', '{}')).toMatchObject({ seq: 1 });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['speak as payments', async () => jetstream(connection).publish('payments.paid.x', '{}')],
    // by its settings a stream republishes what it gets, in whoever's name
    [
      'change its stream',
      async () => (await manager()).streams.update(orders.name, { republish: { src: 'orders.>', dest: 'payments.>' } }),
    ],
    ['purge its stream', async () => (await manager()).streams.purge(orders.name)],
    ['delete its stream', async () => (await manager()).streams.delete(orders.name)],
    ['make payments’ stream', async () => (await manager()).streams.add({ name: payments.name, subjects: [...payments.subjects] })],
    [
      'hear payments under another name',
      async () => (await manager()).consumers.add(payments.name, { durable_name: 'spy', ack_policy: 'none' }),
    ],
  ])('do not let orders %s', async (_, attempt) => {
    await (await manager()).streams.add(stream);
    await expect(attempt()).rejects.toMatchObject(refused);
  });
});
