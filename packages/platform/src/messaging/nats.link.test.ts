import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { nkeys } from '@nats-io/transport-node';
import type { MessagingConfig } from './messaging.config.ts';
import { NatsLink } from './nats.link.ts';

describe('NatsLink', () => {
  afterEach(() => void jest.restoreAllMocks());

  it.each(['127.0.0.1', '::1', 'localhost'])('looks for a server at %s', async (host) => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    await once(closed.close(), 'close');
    const warned = new Promise<{ err: Error }>((resolve) => void jest.spyOn(Logger.prototype, 'warn').mockImplementation(resolve));
    const config = { host, port, key: new TextDecoder().decode(nkeys.createUser().getSeed()) } as MessagingConfig;
    const link = new NatsLink({ config, client: 'harbour', prepare: async () => undefined, away: () => undefined });
    link.start();
    const { err } = await warned;
    await link.end();
    // whoever finds nobody there has looked; where there is no IPv6, the system has another word for it
    expect(err.message).toMatch(/refused|EADDRNOTAVAIL|EAFNOSUPPORT|ENETUNREACH/);
  });
});
