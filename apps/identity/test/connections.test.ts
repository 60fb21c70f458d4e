import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startIdentity, type RunningIdentity } from './identity.fixture.ts';

const HANDS = 3;

describe('the connections of identity', () => {
  const sockets: TLSSocket[] = [];
  let identity: RunningIdentity;
  beforeAll(async () => {
    identity = await startIdentity({ MOST_REQUESTS_IN_HAND: String(HANDS) });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  afterAll(() => identity.stop());

  /** Sends the head of a form, and resolves when identity has it. */
  async function begin(path: string): Promise<void> {
    const here = once(identity.app().getHttpServer(), 'request');
    const socket = connect({ port: identity.port, host: '127.0.0.1', servername: 'localhost', ca: identity.root });
    sockets.push(socket.on('error', () => undefined));
    const head = [`POST ${path} HTTP/1.1`, 'host: localhost', 'content-type: application/x-www-form-urlencoded', 'content-length: 10'];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await here;
  }

  it.each(['/people/token', '/workloads/token', '/people/interaction/x', '/revocations', '/nowhere'])(
    'keep nobody out who has something to say, though nobody ever does at %s',
    async (path) => {
      for (let count = 0; count < HANDS; count += 1) await begin(path);
      for (let count = 0; count < 2; count += 1)
        expect((await identity.fetch(`${identity.url}/people/.well-known/openid-configuration`)).status).toBe(200);
    },
  );
});
