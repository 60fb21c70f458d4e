import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { OwnContainer, ownImage, testAuthority, testNetwork } from '../../src/index.ts';
import type { TestAuthority, TestNetwork } from '../../src/index.ts';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  durationMs: number;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

interface Seen {
  method: string;
  url: string;
  body: string;
}

/** A replica whose failures a test chooses. */
export class Replica {
  readonly container: OwnContainer;
  readonly #agent: Agent;

  constructor(container: OwnContainer, agent: Agent) {
    this.container = container;
    this.#agent = agent;
  }

  /**
   * `cut`: it reads a request and goes without a word; `refuse`: 503; `hang`: it never answers. Probes are answered all the same.
   * `breathless`: requests are answered, and probes are not; `slow`: probes are, after a second.
   */
  async behave(behaviour: 'answer' | 'cut' | 'refuse' | 'hang' | 'breathless' | 'slow'): Promise<void> {
    await ask(this.container.port, this.#agent, `/behave/${behaviour}`);
  }

  /** What came from the edge with this in its path. */
  async seen(path: string): Promise<Seen[]> {
    const { body } = await ask(this.container.port, this.#agent, '/seen');
    return (JSON.parse(body) as Seen[]).filter(({ url }) => url.includes(path));
  }
}

/** What replicas stand in for: each is one of either. */
const SERVICES = ['orders', 'payments'];

/** The edge's own image before small replicas of `orders` and `payments`. */
export class TestEdge {
  readonly replicas: Replica[] = [];
  readonly agent: Agent;
  readonly #authority: TestAuthority;
  readonly #network: TestNetwork;
  readonly #stats: string;
  #proxy: OwnContainer | undefined;

  static async start({ replicas, environment = {} }: { replicas: number; environment?: Record<string, string> }): Promise<TestEdge> {
    const stats = await mkdtemp(join(tmpdir(), 'seaworthy-edge-'));
    // the edge's account is not the test's
    await chmod(stats, 0o777);
    const edge = new TestEdge(await testAuthority(), await testNetwork(), stats);
    for (let count = 0; count < replicas; count += 1) await edge.addReplica();
    await edge.#startProxy(environment);
    await edge.#awaitReplicas();
    return edge;
  }

  private constructor(authority: TestAuthority, network: TestNetwork, stats: string) {
    this.#authority = authority;
    this.#network = network;
    this.#stats = stats;
    this.agent = new Agent({ ca: authority.root });
  }

  get port(): number {
    return this.#proxy?.port ?? 0;
  }

  async addReplica(): Promise<Replica> {
    const { cert, key } = await this.#authority.issue(...SERVICES.map((name) => `${name}.seaworthy.internal`), 'localhost');
    const container = await OwnContainer.start({
      image: await ownImage('node'),
      port: 8443,
      ready: /listening/,
      network: this.#network.name,
      alias: SERVICES,
      command: ['/replica.mjs'],
      volumes: { [this.#stats]: '/run/edge-stats' },
      files: {
        '/replica.mjs': await readFile(join(import.meta.dirname, 'replica.program.mjs'), 'utf8'),
        '/tls.crt': cert,
        '/tls.key': key,
      },
    });
    const replica = new Replica(container, this.agent);
    this.replicas.push(replica);
    return replica;
  }

  async #startProxy(environment: Record<string, string>): Promise<void> {
    const { cert, key } = await this.#authority.issue('localhost', '127.0.0.1');
    this.#proxy = await OwnContainer.start({
      image: await ownImage('haproxy'),
      port: 8443,
      ready: /Loading success/,
      network: this.#network.name,
      environment,
      volumes: { [this.#stats]: '/run/edge-stats' },
      files: { '/run/edge/edge.pem': `${cert}\n${key}`, '/run/seaworthy/trust/root.pem': this.#authority.root },
    });
  }

  async ask(path: string, options: Ask = {}): Promise<Answer> {
    return ask(this.port, this.agent, path, options);
  }

  /** A customer's order, under a path of its own, so that a test can find it again. */
  async order(headers: Record<string, string>, body = '{}'): Promise<Answer & { path: string }> {
    return this.#send('orders', { method: 'POST', headers, body });
  }

  /** A customer's card, likewise. */
  async card(headers: Record<string, string>, body = '{}'): Promise<Answer & { path: string }> {
    return this.#send('cards', { method: 'POST', headers, body });
  }

  async #send(what: string, options: Ask): Promise<Answer & { path: string }> {
    const path = `/${what}/${randomUUID()}`;
    return { path, ...(await this.ask(path, options)) };
  }

  /** A connection that speaks as slowly, or as strangely, as a test likes. */
  async open(): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: this.port, servername: 'localhost', ca: this.#authority.root }, () =>
        resolve(socket),
      );
      socket.once('error', reject);
    });
  }

  /** What the socket for whoever scales answers to one command, asked as another container of the same account would. */
  async stats(command: string): Promise<string> {
    const [one, other = one] = this.replicas;
    return (await ask(other?.container.port ?? 0, this.agent, `/stats/${encodeURIComponent(command)}`)).body;
  }

  /** The same edge as it was at its start: it has counted nothing. */
  async forget(): Promise<void> {
    await this.#proxy?.die();
    await this.#proxy?.comeBack();
    await this.#awaitReplicas();
  }

  /** Looked up without a request through the edge: those are counted. */
  async #awaitReplicas(): Promise<void> {
    const up = new RegExp(`^(${SERVICES.join('|')}),\\1\\d+,.*,UP,`, 'gm');
    while (((await this.stats('show stat')).match(up) ?? []).length < SERVICES.length * this.replicas.length) await sleep(20);
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await Promise.all([...this.replicas.map(({ container }) => container), this.#proxy].map(async (container) => container?.stop()));
    await this.#network.remove();
    await rm(this.#stats, { recursive: true, force: true });
  }
}

async function ask(port: number, agent: Agent, path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  const since = performance.now();
  return new Promise((resolve, reject) => {
    request({ host: 'localhost', port, path, method, headers, agent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text, durationMs: performance.now() - since }),
      );
    })
      .once('error', reject)
      .end(body);
  });
}

/** Resolves to what came, when it began to come, and when the other side had ended the connection. */
export async function ended(socket: TLSSocket): Promise<{ text: string; answeredMs: number; afterMs: number }> {
  const since = performance.now();
  let text = '';
  let answeredMs = Infinity;
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      answeredMs = Math.min(answeredMs, performance.now() - since);
      text += String(chunk);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve({ text, answeredMs, afterMs: performance.now() - since }));
  });
}
