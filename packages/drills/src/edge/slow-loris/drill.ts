import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Drill } from '../../drill.ts';
import { open, PATIENCE_MS, servedAgain } from '../own-connection.ts';

const CONFIGURATION = 'infra/images/haproxy/haproxy.cfg';
/** More than one address may hold. */
const MOST = 600;
/** Fewer is no attack: the edge may be somebody else, or the machine out of breath. */
const LEAST = 300;
const AT_ONCE = 20;
const DRIP_MS = 1_000;
/** Of a request that never ends. */
const BEGINNING = 'GET /orders HTTP/1.1\r\nhost: localhost\r\nx-slow: ';

export const drill: Drill = {
  title: 'One client opens all connections that it can, and says one letter a second on each',
  practices: ['1.4'],
  attack:
    'Somebody opens as many connections to the edge as it takes, and sends the headers of one request on each, a letter at a time, without ever coming to their end (slow-loris).',
  control: 'The edge waits 5 s for the headers of a request, and takes so many connections of one address and no more.',
  refusals: ['CUT_OFF'],
  async run(platform) {
    if ((await servedAgain(platform)) === undefined) throw new Error('expected the edge to serve before the attack, found no answer');
    const attacker = new Attacker(platform.edgePort);
    try {
      const taken = await attacker.takeAll();
      if (taken < LEAST) throw new Error(`expected to hold ${LEAST} connections at once or more, found ${taken}: that is no attack`);
      const waitedMs = await servedAgain(platform);
      // those of the beginning: others take their places meanwhile
      const isCut = waitedMs !== undefined && (await attacker.isCut(taken));
      const facts = {
        'connections taken': taken,
        'of them cut': attacker.cut(taken),
        'a customer waited, ms': waitedMs ?? PATIENCE_MS,
      };
      if (waitedMs === undefined) {
        attacker.stop();
        if ((await servedAgain(platform)) === undefined)
          throw new Error('expected the edge to serve once the attack has ended, found no answer: it was not the attack');
        return { kind: 'succeeded', reason: `no customer of this address was served for ${PATIENCE_MS / 1000} s, until it ended`, facts };
      }
      if (!isCut) throw new Error(`expected slow connections to be cut, found ${JSON.stringify(facts)}`);
      return { kind: 'refused', code: 'CUT_OFF', reason: `the slow ones were cut, and a customer was served after ${waitedMs} ms`, facts };
    } finally {
      attacker.stop();
    }
  },
  withoutControl: {
    summary: 'a copy of the platform whose edge waits for headers as long as they come',
    services: ['identity', 'catalog', 'orders', 'edge'],
    files: {
      edge: {
        target: '/etc/haproxy/haproxy.cfg',
        edits: [
          { file: CONFIGURATION, found: '  timeout http-request 5s\n', becomes: '  timeout http-request 1h\n' },
          { file: CONFIGURATION, found: '  timeout client 10s\n', becomes: '  timeout client 1h\n' },
        ],
      },
    },
  },
};

/** Opens connections until no more are taken, says a letter on each now and then, and takes every place that becomes free. */
class Attacker {
  readonly #port: number;
  readonly #sockets: TLSSocket[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(port: number) {
    this.#port = port;
  }

  /** How many of the first so many do not stand any more. */
  cut(count: number): number {
    return this.#sockets.slice(0, count).filter((socket) => !socket.writable).length;
  }

  /** How many it had taken when no more were given. */
  async takeAll(): Promise<number> {
    this.#timer = setInterval(() => this.#drip(), DRIP_MS);
    for (let refused = false; !refused && this.#sockets.length < MOST;) refused = (await this.#take(AT_ONCE)) < AT_ONCE;
    return this.#sockets.length;
  }

  async isCut(count: number): Promise<boolean> {
    for (const until = Date.now() + PATIENCE_MS; this.cut(count) < count; await sleep(100)) if (Date.now() > until) return false;
    return true;
  }

  stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #drip(): void {
    for (const socket of this.#sockets) if (socket.writable) socket.write('x');
    void this.#take(AT_ONCE);
  }

  async #take(count: number): Promise<number> {
    const opened = await Promise.all(Array.from({ length: count }, async () => open(this.#port)));
    const standing = opened.filter((socket) => !socket.destroyed);
    // read, or the end would not be seen
    for (const socket of standing) socket.resume().write(BEGINNING);
    this.#sockets.push(...standing);
    // some of them were on their way when it ended
    if (this.#isOver) this.stop();
    return standing.length;
  }
}
