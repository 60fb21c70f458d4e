import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

/** One request that the registry answered. */
export type RegistryExchange = { method: string; path: string; status: number };

type Stored = { bytes: Buffer; type: string };

/**
 * A registry in memory on a unix socket, for tests that must not need a container: push, pull, and nothing else; like distribution
 * 2.8 it has no referrers API. What it holds can be altered behind its back, as somebody with its disk could.
 */
export class MemoryRegistry {
  readonly socketPath: string;
  readonly exchanges: RegistryExchange[] = [];
  /** by digest, whatever the repository */
  readonly blobs = new Map<string, Buffer>();
  /** by `repository:reference`, where a reference is a tag or a digest */
  readonly manifests = new Map<string, Stored>();
  readonly #directory: string;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });

  private constructor(directory: string) {
    this.#directory = directory;
    this.socketPath = join(directory, 'socket');
  }

  static async start(): Promise<MemoryRegistry> {
    const registry = new MemoryRegistry(await mkdtemp(join(tmpdir(), 'memory-registry-')));
    await new Promise<void>((resolve) => registry.#server.listen(registry.socketPath, resolve));
    return registry;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#directory, { recursive: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const { pathname: path, searchParams } = new URL(url, 'http://registry');
    response.once('finish', () => this.exchanges.push({ method, path, status: response.statusCode }));
    const tags = /^\/v2\/(.+)\/tags\/list$/.exec(path)?.[1];
    if (tags !== undefined) return void response.end(JSON.stringify({ name: tags, tags: this.#tags(`${tags}:`) }));
    const [, repository = '', kind = '', reference = ''] = /^\/v2\/(.+)\/(manifests|blobs|referrers)\/(.*)$/.exec(path) ?? [];
    if (kind === 'manifests' && method === 'PUT') return this.#storeManifest(request, response, `${repository}:`, reference);
    if (kind === 'manifests') return found(response, method, this.manifests.get(`${repository}:${reference}`));
    if (kind === 'blobs' && method === 'POST') return void response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/1` }).end();
    if (kind === 'blobs' && method === 'PUT') {
      this.blobs.set(searchParams.get('digest') ?? '', await buffer(request));
      return void response.writeHead(201).end();
    }
    const bytes = kind === 'blobs' ? this.blobs.get(reference) : undefined;
    return found(response, method, bytes === undefined ? undefined : { bytes, type: 'application/octet-stream' });
  }

  #tags(prefix: string): string[] {
    const references = [...this.manifests.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    return references.filter((reference) => !reference.includes(':'));
  }

  async #storeManifest(request: IncomingMessage, response: ServerResponse, prefix: string, reference: string): Promise<void> {
    const stored = { bytes: await buffer(request), type: request.headers['content-type'] ?? '' };
    const digest = `sha256:${createHash('sha256').update(stored.bytes).digest('hex')}`;
    this.manifests.set(prefix + reference, stored);
    this.manifests.set(prefix + digest, stored);
    response.writeHead(201, { 'docker-content-digest': digest }).end();
  }
}

function found(response: ServerResponse, method: string, stored: Stored | undefined): void {
  if (stored === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': stored.type, 'content-length': stored.bytes.length });
  response.end(method === 'HEAD' ? undefined : stored.bytes);
}
