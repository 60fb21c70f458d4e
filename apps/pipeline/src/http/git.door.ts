import type { IncomingMessage, ServerResponse } from 'node:http';
import { AuthError } from '@seaworthy/platform';
import type { Identity, TokenVerifier } from '@seaworthy/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GitError } from '../source/git.error.ts';
import type { GitErrorCode } from '../source/git.error.ts';
import { GIT_PREFIX, GitHttp, rightFor } from '../source/git.http.ts';
import type { GitRight } from '../source/git.http.ts';
import type { GitRepository } from '../source/git.repository.ts';

/** Roles of people, by what they may do with the repository. Workloads have no business here. */
const ROLES: Readonly<Record<GitRight, readonly string[]>> = { read: ['developer', 'operator'], push: ['developer'] };

const STATUS: Readonly<Record<GitErrorCode, number>> = {
  COMMIT_MALFORMED: 500,
  GIT_BUSY: 503,
  GIT_FAILED: 500,
  OUTPUT_TOO_LARGE: 413,
  PUSH_MALFORMED: 400,
};

interface Inside {
  readonly repository: GitRepository;
  readonly verifier: TokenVerifier;
}

/** git over HTTPS, with Basic authentication (RFC 7617): git clients send no other. The password is a people token, the name is not read. */
export class GitDoor {
  #http: GitHttp | undefined;
  #verifier: TokenVerifier | undefined;

  attach(fastify: FastifyInstance): void {
    // packs are streamed to git as they come; nothing here reads them whole
    fastify.addContentTypeParser(/^application\/x-git-(?:receive|upload)-pack-request$/, (_request, payload, done) => done(null, payload));
    fastify.route({
      method: ['GET', 'POST'],
      url: `${GIT_PREFIX}/*`,
      bodyLimit: Number.MAX_SAFE_INTEGER,
      handler: (request, reply) => this.#handle(request, reply),
    });
  }

  open({ repository, verifier }: Inside): void {
    this.#http = new GitHttp(repository);
    this.#verifier = verifier;
  }

  async #handle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    try {
      const right = rightFor(request.method, request.raw.url ?? '');
      if (!right) return answer(raw, 404, 'expected a request of git’s smart protocol');
      const person = await this.#authenticate(request.headers.authorization);
      if (!person) return challenge(raw);
      if (person.kind !== 'person' || !ROLES[right].some((role) => person.roles.includes(role)))
        return answer(raw, 403, `${person.name} may not ${right === 'push' ? 'push to' : 'read'} this repository`);
      request.log.info({ event: 'git', right, person: person.name, url: request.raw.url }, 'git request');
      await this.#http?.serve(request.raw, raw, person.name);
    } catch (error) {
      request.log.error({ err: error }, 'git request failed');
      const status = error instanceof GitError ? STATUS[error.code] : 500;
      if (status === 503 && !raw.headersSent) raw.setHeader('retry-after', '5');
      answer(raw, status, error instanceof GitError ? error.message : 'unexpected error');
    } finally {
      drain(request.raw, raw);
    }
  }

  async #authenticate(header: string | undefined): Promise<Identity | undefined> {
    const [, encoded] = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(header ?? '') ?? [];
    if (!encoded || !this.#verifier) return undefined;
    const pair = Buffer.from(encoded, 'base64').toString('utf8');
    try {
      return await this.#verifier.verify(pair.slice(pair.indexOf(':') + 1));
    } catch (error) {
      if (error instanceof AuthError && error.code !== 'KEYS_UNREACHABLE') return undefined;
      throw error;
    }
  }
}

function challenge(response: ServerResponse): void {
  response.setHeader('www-authenticate', 'Basic realm="seaworthy", charset="UTF-8"');
  answer(response, 401, 'expected a people access token as password');
}

/** Plain text: git shows it to the person who pushes. */
function answer(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${message}\n`);
}

/** A request that was refused may still be sending; what nobody reads must not hold the connection. */
function drain(request: IncomingMessage, response: ServerResponse): void {
  if (response.writableEnded && !request.complete) request.resume();
}
