import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { replicaBody } from '@seaworthy/contracts';
import type { Desired, DeployedContainer, DeployedRevision } from '@seaworthy/contracts';
import { z } from 'zod';
import { EngineSocket } from '../src/engine.socket.ts';
import { listenForFleet } from '../src/filter.server.ts';

const Answer = z.object({ message: z.string() });
const REVISION = 'dev.seaworthy.revision';

export const LABELS = {
  'dev.seaworthy.project': 'demo',
  'com.docker.compose.project': 'demo',
  'com.docker.compose.service': 'catalog',
  'com.docker.compose.oneoff': 'False',
};

export function revision(id: string, image = 'a'): DeployedRevision {
  return {
    id,
    container: {
      Image: `sha256:${image.repeat(64)}`,
      User: '65532:65532',
      Labels: { ...LABELS, [REVISION]: id },
      HostConfig: { NetworkMode: 'demo_edge-catalog', ReadonlyRootfs: true, CapDrop: ['ALL'] },
    },
    networks: [
      { name: 'demo_edge-catalog', aliases: ['catalog'] },
      { name: 'demo_catalog-postgres', aliases: ['catalog'] },
    ],
  };
}

export const CURRENT = revision('c'.repeat(16));
export const DESIRED: Desired = {
  project: 'demo',
  services: { catalog: { scale: { min: 2, max: 2, targetConcurrency: 10 }, current: CURRENT, previous: revision('b'.repeat(16), 'b') } },
};

/** The filter, as the fleet meets it, in front of an engine that writes down what reaches it. */
export class FleetFixture {
  readonly seen: { method: string; url: string; body: unknown }[] = [];
  readonly audit: Record<string, unknown>[] = [];
  /** replicas that the engine already holds */
  held = 0;
  /** what becomes of a question about `silent`, which the engine does not answer */
  #onSilent: (response: ServerResponse) => void = () => undefined;
  readonly #directory: string;
  readonly #servers: Server[] = [];

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async start(): Promise<FleetFixture> {
    const fixture = new FleetFixture(await mkdtemp(join(tmpdir(), 'fleet-filter-')));
    const enginePath = join(fixture.#directory, 'engine.sock');
    const engine = createServer((request, response) => void fixture.#serve(request, response));
    await new Promise<void>((resolve) => engine.listen(enginePath, resolve));
    await fixture.deploy(DESIRED);
    const client = { socket: fixture.#socket, desiredFile: fixture.#file, project: 'demo' };
    const filter = await listenForFleet({ client, engine: new EngineSocket(enginePath), audit: (record) => fixture.audit.push(record) });
    fixture.#servers.push(engine, filter);
    return fixture;
  }

  /** Writes down what is wanted, as deploy does. */
  async deploy(desired: unknown): Promise<void> {
    await writeFile(this.#file, typeof desired === 'string' ? desired : JSON.stringify(desired));
  }

  async reset(): Promise<void> {
    this.seen.length = 0;
    this.audit.length = 0;
    this.held = 0;
    await this.deploy(DESIRED);
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** What reached the engine and changes something there. */
  get changes(): { method: string; url: string; body: unknown }[] {
    return this.seen.filter(({ method }) => method !== 'GET');
  }

  async ask(method: string, path: string, body?: unknown): Promise<{ status: number; message: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; message: string }>();
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    httpRequest({ socketPath: this.#socket, method, path, headers }, (response) => {
      json(response).then(
        (value) => resolve({ status: response.statusCode ?? 0, message: Answer.safeParse(value).data?.message ?? '' }),
        reject,
      );
    })
      .once('error', reject)
      .end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  }

  /** Asks about `silent`, and goes away once the engine has heard of it. Resolves when the engine is not asked any more either. */
  async abandon(method: string, path: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const request = httpRequest({ socketPath: this.#socket, method, path }).once('error', () => undefined);
    this.#onSilent = (response) => {
      response.once('close', resolve);
      request.destroy();
    };
    request.end();
    return promise;
  }

  get #socket(): string {
    return join(this.#directory, 'fleet.sock');
  }

  get #file(): string {
    return join(this.#directory, 'desired.json');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await text(request);
    const { method = '', url = '' } = request;
    this.seen.push({ method, url, body: raw === '' ? undefined : JSON.parse(raw) });
    if (url.startsWith('/containers/silent/')) return this.#onSilent(response);
    const { status, value } = this.#answer(method, url);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  }

  #answer(method: string, url: string): { status: number; value: unknown } {
    if (method !== 'GET') return { status: 201, value: { Id: 'f'.repeat(64) } };
    if (url.startsWith('/containers/json')) return { status: 200, value: Array.from({ length: this.held }, () => ({})) };
    const container = (Labels: Record<string, string>, Status = 'running') => ({
      Id: 'f'.repeat(64),
      State: { Status },
      Config: { Labels },
    });
    const own = { ...LABELS, [REVISION]: CURRENT.id };
    const known: Record<string, unknown> = {
      own: container(own),
      unborn: container(own, 'created'),
      handmade: container(LABELS, 'created'),
      postgres: container({ ...own, 'com.docker.compose.service': 'postgres' }),
      migration: container({ ...own, 'com.docker.compose.oneoff': 'True' }),
      foreign: container({ ...own, 'dev.seaworthy.project': 'other' }),
      bare: container({}),
    };
    const found = known[/^\/containers\/(\w+)\/json$/.exec(url)?.[1] ?? ''];
    return found === undefined ? { status: 404, value: { message: 'no such thing' } } : { status: 200, value: found };
  }
}

/** A replica as deployed; tests change one thing in it. */
export function goodReplica(number = 3): DeployedContainer {
  return replicaBody(CURRENT, number);
}
