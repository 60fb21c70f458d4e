import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** How often the system is asked for a port that no other session has. */
const TRIES = 10;

/**
 * The first of `wanted` that nobody listens on, otherwise one that the system picks; loopback only.
 *
 * It is this process's until it ends: whoever asks for it meanwhile, in any process, gets another. A service listens seconds after its
 * port was chosen, and two sessions that begin together would both find it free.
 */
export async function freePort(...wanted: readonly number[]): Promise<number> {
  for (const port of [...wanted, ...Array<number>(TRIES).fill(0)]) {
    const free = await tryPort(port);
    if (free !== undefined && (await claim(free))) return free;
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

/** Takes the UDP port of the same number, which nobody here needs: one process at a time has it, and the system frees it, however that ends. */
async function claim(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = createSocket('udp4').unref();
    socket.once('error', () => settle(false));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => settle(true));
  });
}
