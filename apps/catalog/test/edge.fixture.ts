import { connect } from 'node:http2';
import { Agent, request } from 'node:https';
import { MOUNTS } from '@seaworthy/contracts';
import { OwnContainer, ownImage, startPostgres, startValkey, testAuthority, testNetwork } from '@seaworthy/testing';
import { ownService } from '@seaworthy/testing-services';
import type { StartedPostgres, StartedValkey, TestAuthority, TestNetwork } from '@seaworthy/testing';

export interface Answer {
  status: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

const NAME = 'catalog.seaworthy.internal';

/** The runtime as it ships, made small: stores, replicas of the service's own image, and HAProxy in front, all over verified TLS. */
export class Edge {
  readonly replicas: OwnContainer[] = [];
  readonly #authority: TestAuthority;
  readonly #network: TestNetwork;
  readonly #postgres: StartedPostgres;
  readonly #valkey: StartedValkey;
  #proxy: OwnContainer | undefined;

  static async start({ replicas }: { replicas: number }): Promise<Edge> {
    const network = await testNetwork();
    const [authority, postgres, valkey] = await Promise.all([
      testAuthority(),
      startPostgres({ network: network.name }),
      startValkey({ network: network.name }),
    ]);
    const edge = new Edge(authority, network, postgres, valkey);
    await edge.#catalog({ command: ['migrate'], ready: /schema is up to date/ }).then(async (migration) => migration.stop());
    for (let index = 0; index < replicas; index += 1) await edge.addReplica();
    await edge.#startProxy();
    return edge;
  }

  private constructor(authority: TestAuthority, network: TestNetwork, postgres: StartedPostgres, valkey: StartedValkey) {
    this.#authority = authority;
    this.#network = network;
    this.#postgres = postgres;
    this.#valkey = valkey;
  }

  get #port(): number {
    if (!this.#proxy) throw new Error('expected the edge to be started');
    return this.#proxy.port;
  }

  /** One more replica; with another authority's certificate, if told. */
  async addReplica(authority = this.#authority): Promise<OwnContainer> {
    const replica = await this.#catalog({ command: [], ready: /"msg":"listening"/, authority, alias: 'catalog' });
    this.replicas.push(replica);
    return replica;
  }

  async #catalog({
    command,
    ready,
    authority = this.#authority,
    alias,
  }: {
    command: string[];
    ready: RegExp;
    authority?: TestAuthority;
    alias?: string;
  }) {
    const { cert, key } = await authority.issue(NAME);
    return OwnContainer.start({
      image: await ownService('catalog'),
      port: 8443,
      command,
      ready,
      network: this.#network.name,
      ...(alias && { alias }),
      environment: {
        DATABASE_HOST: 'postgres',
        DATABASE_NAME: this.#postgres.name,
        DATABASE_USER: this.#postgres.user,
        CACHE_HOST: 'valkey',
        CACHE_USER: this.#valkey.user,
        TLS_CERT_FILE: `${MOUNTS.secrets}/tls.crt`,
        TLS_KEY_FILE: `${MOUNTS.secrets}/tls.key`,
      },
      files: {
        [`${MOUNTS.secrets}/database-password`]: this.#postgres.password,
        [`${MOUNTS.secrets}/cache-password`]: this.#valkey.password,
        [`${MOUNTS.secrets}/tls.crt`]: cert,
        [`${MOUNTS.secrets}/tls.key`]: key,
      },
    });
  }

  async #startProxy(): Promise<void> {
    const { cert, key } = await this.#authority.issue('localhost', '127.0.0.1');
    this.#proxy = await OwnContainer.start({
      image: await ownImage('haproxy'),
      port: 8443,
      ready: /Loading success/,
      network: this.#network.name,
      files: { '/run/edge/edge.pem': `${cert}\n${key}`, [`${MOUNTS.trust}/root.pem`]: this.#authority.root },
    });
  }

  /** As a browser would: over HTTP/2, the certificate verified. */
  async get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    const session = connect(`https://localhost:${this.#port}`, { ca: this.#authority.root });
    try {
      return await new Promise<Answer>((done, failed) => {
        session.once('error', failed);
        const stream = session.request({ ':path': path, ':method': method, ...headers });
        let answer: Answer = { status: 0, body: '', headers: {} };
        stream.once('response', (received) => (answer = { ...answer, status: Number(received[':status']), headers: received }));
        stream.on('data', (chunk) => (answer.body += String(chunk)));
        stream.once('end', () => done(answer));
        stream.once('error', failed);
        stream.end();
      });
    } finally {
      session.close();
    }
  }

  /** One request over HTTP/1.1 with TLS options of the test's own. */
  async getWith(options: {
    minVersion?: 'TLSv1.1' | 'TLSv1.3';
    maxVersion?: 'TLSv1.1' | 'TLSv1.2';
    ca?: string;
    ciphers?: string;
  }): Promise<number> {
    const agent = new Agent({ ca: this.#authority.root, ...options });
    return new Promise((done, failed) => {
      request({ host: 'localhost', port: this.#port, path: '/products?limit=1', agent }, (response) => {
        response.resume();
        response.once('end', () => done(response.statusCode ?? 0));
      })
        .once('error', failed)
        .end();
    });
  }

  get port(): number {
    return this.#port;
  }

  async log(): Promise<Record<string, unknown>[]> {
    const text = (await this.#proxy?.log()) ?? '';
    return text
      .split('\n')
      .map((line) => line.slice(line.indexOf('{')))
      .filter((line) => line.startsWith('{"time"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.replicas, this.#proxy].map(async (container) => container?.stop()));
    await Promise.all([this.#postgres.stop(), this.#valkey.stop()]);
    await this.#network.remove();
  }
}
