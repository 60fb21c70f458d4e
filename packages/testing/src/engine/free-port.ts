import { createServer } from 'node:net';

/**
 * Below the ports that a kernel gives to connections by itself (32768 and up on Linux, 49152 and up elsewhere): nothing but a listener
 * of somebody's own can take one of these while a container is away.
 */
const FIRST = 20_000;
/** Each of jest's workers has a part of its own: two of them never try the same port. */
const WORKERS = 8;
const PART = 1_500;

const worker = Number(process.env['JEST_WORKER_ID'] ?? 1) % WORKERS;
// where a part is begun differs from run to run, so that those of two clones at the same time are unlikely to meet
let next = process.pid % PART;

/** A port of loopback that nobody listens on: a container that is stopped and started again keeps it, unlike one that the engine picks. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PART; tries += 1) {
    const port = FIRST + worker * PART + next;
    next = (next + 1) % PART;
    if (await isFree(port)) return port;
  }
  throw new Error(`expected a free port among the ${PART} of worker ${worker}, found none`);
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
