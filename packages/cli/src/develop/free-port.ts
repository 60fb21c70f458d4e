import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** The first of `wanted` that nobody listens on, otherwise one that the system picks; loopback only. */
export async function freePort(...wanted: readonly number[]): Promise<number> {
  for (const port of [...wanted, 0]) {
    const free = await tryPort(port);
    if (free !== undefined) return free;
  }
  throw new Error('expected a free port on 127.0.0.1, found none');
}

async function tryPort(port: number): Promise<number | undefined> {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', () => settle(undefined));
    server.listen(port, '127.0.0.1', () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => settle(found));
    });
  });
}
