import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { wireMessage } from '../../test/fixtures/wire.postgres.ts';
import { createLogger } from '../logging/logger.ts';
import { migrate } from './migrate.ts';

/** Longer than a request would wait for a connection. */
const SLOW_MS = 2_500;
/** An ErrorResponse: PostgreSQL's protocol 3.0, section "Message Formats". */
const STARTING_UP = wireMessage(
  'E',
  ['SFATAL', 'VFATAL', 'C57P03', 'Mthe database system is starting up', ''].map((field) => `${field}\0`).join(''),
);

describe('a migration, when the database takes its time for a connection', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => void delay(SLOW_MS).then(() => socket.end(STARTING_UP)));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close();
  });

  it('waits for what it has to say', async () => {
    const { port } = server.address() as AddressInfo;
    const config = { host: '127.0.0.1', port, name: 'harbour', user: 'harbour', password: '', poolSize: 1 };
    const migrated = migrate(config, {}, createLogger({ service: 'harbour', level: 'silent' }));
    await expect(migrated).rejects.toMatchObject({ cause: { code: '57P03' } });
  });
});
