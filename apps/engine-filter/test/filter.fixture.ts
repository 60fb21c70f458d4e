import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { z } from 'zod';
import type { ClientScope } from '../src/config.ts';
import { EngineSocket } from '../src/engine.socket.ts';
import { listenForClient } from '../src/filter.server.ts';

export const OWN_LABELS = { 'dev.seaworthy.project': 'demo', 'dev.seaworthy.engine-client': 'pipeline' };
export const IMAGE = `sha256:${'a'.repeat(64)}`;

const Answer = z.object({ message: z.string() });

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
}

/** The filter in front of an engine that writes down what reaches it. It knows own and foreign containers and volumes. */
export class FilterFixture {
  readonly seen: Seen[] = [];
  readonly audit: Record<string, unknown>[] = [];
  /** how many requests have come to the filter, and of how many nobody awaits an answer any more */
  readonly requests = { come: 0, over: 0 };
  /** the engine answers once this is over */
  engineIsBusy: Promise<unknown> = Promise.resolve();
  readonly client: ClientScope;
  readonly #servers: Server[] = [];
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.client = {
      name: 'pipeline',
      socket: join(directory, 'pipeline.sock'),
      project: 'demo',
      images: [IMAGE],
      networks: ['demo_egress'],
      subnets: '10.213.6.0/24',
    };
  }

  static async start(): Promise<FilterFixture> {
    const fixture = new FilterFixture(await mkdtemp(join(tmpdir(), 'filter-')));
    const enginePath = join(fixture.#directory, 'engine.sock');
    const engine = createServer(
      (request, response) =>
        void fixture.#answer(request.method ?? '', request.url ?? '', text(request)).then((a) =>
          response.writeHead(a.status, { 'content-type': 'application/json' }).end(JSON.stringify(a.value)),
        ),
    );
    await new Promise<void>((resolve) => engine.listen(enginePath, resolve));
    const filter = await listenForClient({
      client: fixture.client,
      engine: new EngineSocket(enginePath),
      audit: (record) => fixture.audit.push(record),
    });
    filter.on('request', (_request, response) => {
      fixture.requests.come += 1;
      response.once('close', () => (fixture.requests.over += 1));
    });
    fixture.#servers.push(engine, filter);
    return fixture;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** What reached the engine and changes something there (the filter's own questions left out). */
  get changes(): Seen[] {
    return this.seen.filter(({ method }) => method !== 'GET');
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; message: string }> {
    const raw = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; message: string }>();
    const request = httpRequest(
      {
        socketPath: this.client.socket,
        method,
        path,
        headers: { ...(raw === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      },
      (response) => {
        const finished = response.headers['content-type'] === 'application/json' && method !== 'HEAD' ? json(response) : text(response);
        finished.then(
          (value) => resolve({ status: response.statusCode ?? 0, message: Answer.safeParse(value).data?.message ?? '' }),
          reject,
        );
      },
    );
    request.once('error', reject).end(raw);
    return promise;
  }

  /** Asks, and gives the way to leave before there is an answer. */
  askAndLeave(method: string, path: string, body?: object): () => void {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = httpRequest({ socketPath: this.client.socket, method, path, headers });
    request.once('error', () => undefined).end(body === undefined ? undefined : JSON.stringify(body));
    return () => void request.destroy();
  }

  /** Sends bytes as they are, and answers all that comes back: for requests that an HTTP client would not write. */
  async askRaw(bytes: string): Promise<string> {
    const socket = connect(this.client.socket);
    socket.end(bytes);
    return text(socket);
  }

  /** A connection that nothing has been asked on, as soon as there is one. */
  async connect(): Promise<Socket> {
    const socket = connect(this.client.socket).on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  async #answer(method: string, url: string, body: Promise<string>): Promise<{ status: number; value: unknown }> {
    const raw = await body;
    this.seen.push({ method, url, body: raw === '' ? undefined : JSON.parse(raw) });
    await this.engineIsBusy;
    const own = { Id: 'f'.repeat(64), Name: '/demo.pipeline.own', Config: { Labels: OWN_LABELS }, Mounts: [{ Destination: '/out' }] };
    const known: Record<string, unknown> = {
      '/containers/own/json': own,
      '/containers/registry/json': {
        ...own,
        Id: 'e'.repeat(64),
        Name: '/demo-registry-1',
        Config: { Labels: { 'dev.seaworthy.project': 'demo' } },
      },
      // a service whose image brings the client's labels: the engine gives them to its containers
      '/containers/labelled/json': { ...own, Id: 'c'.repeat(64), Name: '/demo-catalog-1' },
      '/volumes/demo.pipeline.own': { Name: 'demo.pipeline.own', Labels: OWN_LABELS },
      '/volumes/demo_keys': { Name: 'demo_keys', Labels: { 'dev.seaworthy.project': 'demo' } },
      '/networks/demo.pipeline.own': { Id: 'd'.repeat(64), Name: 'demo.pipeline.own', Internal: true, Labels: OWN_LABELS },
      '/networks/demo.pipeline.open': { Id: 'c'.repeat(64), Name: 'demo.pipeline.open', Internal: false, Labels: OWN_LABELS },
      '/networks/demo.pipeline.other': {
        Id: 'b'.repeat(64),
        Name: 'demo.pipeline.other',
        Internal: true,
        Labels: { 'dev.seaworthy.project': 'demo' },
      },
      '/networks/demo_egress': { Id: 'a'.repeat(64), Name: 'demo_egress', Internal: true, Labels: { 'dev.seaworthy.project': 'demo' } },
      // the engine answers for the beginning of an id as well
      '/networks/bbbbbbbbbbbb': { Id: 'b'.repeat(64), Name: 'demo.pipeline.other', Internal: true, Labels: OWN_LABELS },
    };
    if (method === 'GET' && url in known) return { status: 200, value: known[url] };
    if (method === 'GET' && url.startsWith('/containers/json')) return { status: 200, value: [] };
    if (method === 'GET' && url.startsWith('/networks?')) return { status: 200, value: [] };
    if (method === 'GET' && url.startsWith('/volumes?')) return { status: 200, value: { Volumes: [] } };
    if (method === 'GET') return { status: 404, value: { message: 'no such thing' } };
    return { status: 201, value: { Id: 'f'.repeat(64) } };
  }
}

/** A container that the filter lets through; tests change one thing in it. */
export function goodContainer(): { HostConfig: Record<string, unknown>; [field: string]: unknown } {
  return {
    Image: IMAGE,
    Entrypoint: ['/usr/bin/node', '/job/main.js'],
    User: '65532:65532',
    Labels: { ...OWN_LABELS },
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 64 * 1024 ** 2,
      MemorySwap: 64 * 1024 ** 2,
      NanoCpus: 10 ** 9,
      PidsLimit: 32,
      Mounts: [{ Type: 'volume', Source: 'demo.pipeline.own', Target: '/out' }],
      Tmpfs: { '/tmp': 'rw,nosuid,nodev,noexec,size=16m' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '1' } },
    },
  };
}

export function goodVolume(): { DriverOpts: Record<string, unknown>; [field: string]: unknown } {
  return {
    Name: 'demo.pipeline.own',
    Driver: 'local',
    DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'nosuid,nodev,size=64m,uid=65532,gid=65532,mode=0755' },
    Labels: { ...OWN_LABELS },
  };
}

export function goodNetwork(): { Options: Record<string, unknown>; IPAM: Record<string, unknown>; [field: string]: unknown } {
  return {
    Name: 'demo.pipeline.run-1.net',
    Driver: 'bridge',
    CheckDuplicate: true,
    Internal: true,
    EnableIPv6: false,
    Options: { 'com.docker.network.bridge.inhibit_ipv4': 'true' },
    IPAM: { Driver: 'default', Config: [{ Subnet: '10.213.6.16/28' }] },
    Labels: { ...OWN_LABELS },
  };
}
