import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readCgiHead } from './cgi.head.ts';
import { GitError } from './git.error.ts';
import type { GitRepository } from './git.repository.ts';
import { COMMANDS_LIMIT, readPushCommands, refusalOf, refusalReport } from './push.commands.ts';

export const GIT_PREFIX = '/git/seaworthy.git';

/** At a time. Each is up to four processes, and the control plane's own git has to find room beside them (`pids_limit` in compose.yaml). */
export const REQUESTS_LIMIT = 12;

/** The three requests of git's smart protocol over HTTP (gitprotocol-http); the dumb protocol is not spoken. */
const SERVICES: Readonly<Record<string, { readonly method: string; readonly push: boolean }>> = {
  '/info/refs?service=git-upload-pack': { method: 'GET', push: false },
  '/info/refs?service=git-receive-pack': { method: 'GET', push: true },
  '/git-upload-pack': { method: 'POST', push: false },
  '/git-receive-pack': { method: 'POST', push: true },
};

export type GitRight = 'read' | 'push';

/** Which right a request needs, or undefined where there is nothing to be asked. */
export function rightFor(method: string, url: string): GitRight | undefined {
  const service = url.startsWith(GIT_PREFIX) ? SERVICES[url.slice(GIT_PREFIX.length)] : undefined;
  if (service?.method !== method) return undefined;
  return service.push ? 'push' : 'read';
}

/** Serves the repository by git's own `http-backend` (CGI, RFC 3875). Who asks has been verified before; here it is what is asked. */
export class GitHttp {
  readonly #repository: GitRepository;
  #running = 0;

  constructor(repository: GitRepository) {
    this.#repository = repository;
  }

  async serve(request: IncomingMessage, response: ServerResponse, person: string): Promise<void> {
    const url = request.url ?? '';
    const pushing = url === `${GIT_PREFIX}/git-receive-pack`;
    const body = pushing ? await this.#inspectPush(request, response) : request;
    if (body) await this.#run(request, response, { url, body, person });
  }

  /** Answers the body to hand on, or nothing when the push has been refused already. */
  async #inspectPush(request: IncomingMessage, response: ServerResponse): Promise<Readable | undefined> {
    if (request.headers['content-encoding'])
      throw new GitError({ code: 'PUSH_MALFORMED', message: 'expected a push without Content-Encoding' });
    const { head, rest } = await readHead(request);
    const commands = readPushCommands(head);
    if (!commands) throw new GitError({ code: 'PUSH_MALFORMED', message: 'expected the commands of a push, found the end of the request' });
    if (!commands.updates.some((update) => refusalOf(update))) return rest;
    rest.resume();
    response
      .writeHead(200, { 'content-type': 'application/x-git-receive-pack-result', 'cache-control': 'no-cache' })
      .end(refusalReport(commands));
    return undefined;
  }

  async #run(
    request: IncomingMessage,
    response: ServerResponse,
    { url, body, person }: { url: string; body: Readable; person: string },
  ): Promise<void> {
    if (this.#running >= REQUESTS_LIMIT) {
      const message = `expected at most ${REQUESTS_LIMIT} git requests at a time, found as many under way; try again`;
      throw new GitError({ code: 'GIT_BUSY', message });
    }
    const [path = '', query = ''] = url.slice(GIT_PREFIX.length).split('?');
    const root = this.#repository.directory;
    const child = this.#repository.spawn(
      ['http-backend'],
      {
        GIT_PROJECT_ROOT: root.slice(0, root.lastIndexOf('/')),
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: `${root.slice(root.lastIndexOf('/'))}${path}`,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method ?? '',
        REMOTE_USER: person,
        REMOTE_ADDR: '127.0.0.1',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
        ...(request.headers['content-encoding'] === 'gzip' ? { HTTP_CONTENT_ENCODING: 'gzip' } : {}),
        ...(/^version=[12]$/.test(String(request.headers['git-protocol']))
          ? { GIT_PROTOCOL: String(request.headers['git-protocol']) }
          : {}),
      },
      false,
    );
    this.#running += 1;
    child.once('close', () => (this.#running -= 1));
    response.once('close', () => child.kill());
    child.stderr.resume();
    // the program may answer before it has read everything; that its input then closes is no error
    pipeline(body, child.stdin).catch(() => undefined);
    const { status, headers, rest } = await readCgiHead(child.stdout);
    response.writeHead(status, headers);
    await pipeline(rest, response);
  }
}

async function readHead(request: Readable): Promise<{ head: Buffer; rest: Readable }> {
  const rest = new PassThrough();
  let head = Buffer.alloc(0);
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    head = Buffer.concat([head, Buffer.from(chunk)]);
    if (head.length > COMMANDS_LIMIT || readPushCommands(head)) break;
  }
  rest.write(head);
  request.pipe(rest);
  if (request.readableEnded) rest.end();
  return { head, rest };
}
