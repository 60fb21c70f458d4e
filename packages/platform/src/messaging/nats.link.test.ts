import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { nkeys } from '@nats-io/transport-node';
import type { MessagingConfig } from './messaging.config.ts';
import { NatsLink } from './nats.link.ts';

/** One that was free a moment ago may be another test's by now. */
const NOBODYS_PORT = 1;

describe('NatsLink', () => {
  afterEach(() => void jest.restoreAllMocks());

  it.each(['127.0.0.1', '::1', 'localhost'])('looks for a server at %s', async (host) => {
    const warned = new Promise<{ err: Error }>((resolve) => void jest.spyOn(Logger.prototype, 'warn').mockImplementation(resolve));
    const config = { host, port: NOBODYS_PORT, key: new TextDecoder().decode(nkeys.createUser().getSeed()) } as MessagingConfig;
    const link = new NatsLink({ config, client: 'harbour', prepare: async () => undefined, away: () => undefined });
    link.start();
    const { err } = await warned;
    await link.end();
    // whoever finds nobody there has looked; where there is no IPv6, the system has another word for it
    expect(err.message).toMatch(/refused|EADDRNOTAVAIL|EAFNOSUPPORT|ENETUNREACH/);
  });
});
