import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AuthError, bearerOf, type TokenVerifier } from '@seaworthy/platform';
import { allowSlowBody } from '@seaworthy/platform/limits';
import type { RightsTable } from '../rights/rights.table.ts';
import type { Bearer, RegistryTokens } from '../tokens/registry-tokens.ts';
import { SERVICE } from '../tokens/registry-tokens.ts';
import type { AccessLog } from './access-log.ts';
import { challenge, refuse, type RefusalCode } from './answers.ts';
import { readRequest, withoutMount, type RegistryRequest } from './registry-request.ts';
import type { Upstream } from './upstream.ts';

export interface DoorParts {
  rights: RightsTable;
  tokens: RegistryTokens;
  /** knows which access tokens were revoked: what was changed into a registry token before must not outlive that */
  verifier: Pick<TokenVerifier, 'isRevoked'>;
  upstream: Upstream;
  log: AccessLog;
}

interface Refusal {
  code: RefusalCode;
  message: string;
  headers?: Record<string, string>;
}

const OWN_HOSTS = [SERVICE, 'localhost', '127.0.0.1'];

/**
 * Everything under `/v2`, before Fastify reads a body. Each request is checked against the token's access and against the table of
 * rights; only then it goes to the registry.
 */
export class RegistryDoor {
  #parts: DoorParts | undefined;

  /** Before the routes exist. */
  attach(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, next) => {
      if (!this.#parts || !/^\/v2(?:[/?]|$)/.test(request.url)) {
        next();
        return;
      }
      reply.hijack();
      void handle(this.#parts, request, reply.raw);
    });
  }

  open(parts: DoorParts): void {
    this.#parts = parts;
  }
}

/** Never fails: each request ends in an answer and a line in the access log. */
async function handle(parts: DoorParts, incoming: FastifyRequest, response: ServerResponse): Promise<void> {
  const { raw } = incoming;
  const started = performance.now();
  const request = readRequest(raw.method ?? '', raw.url ?? '');
  const shown = await bearerFrom(parts, raw);
  const revoked = isRevoked(parts, shown);
  const bearer = revoked === false ? shown : undefined;
  const refusal =
    revoked === undefined
      ? UNKNOWN_REVOCATIONS
      : judge(parts.rights, { host: raw.headers.host, given: raw.headers.authorization !== undefined, request, bearer });
  let bytes = 0;
  let reason: string | undefined = refusal?.code;
  if (refusal || !request || !bearer) {
    refuse(response, refusal?.code ?? 'UNSUPPORTED', refusal?.message ?? '', { connection: 'close', ...refusal?.headers });
    raw.resume();
  } else {
    allowSlowBody(incoming); // a layer of some hundred megabytes may take its time
    try {
      bytes = await parts.upstream.forward(raw, response, settleMount(parts.rights, bearer, request));
    } catch {
      reason = response.headersSent && !response.writableFinished ? 'BROKEN_OFF' : 'UNAVAILABLE';
    }
  }
  parts.log.write({
    bearer,
    method: raw.method ?? '',
    request,
    status: response.statusCode,
    bytes,
    reason,
    milliseconds: performance.now() - started,
  });
}

async function bearerFrom({ tokens }: DoorParts, raw: IncomingMessage): Promise<Bearer | undefined> {
  const token = bearerOf(raw.headers.authorization);
  return token === undefined ? undefined : tokens.verify(token);
}

/** Undefined: nothing can be said, since identity has been silent for too long. */
function isRevoked({ verifier }: DoorParts, bearer: Bearer | undefined): boolean | undefined {
  try {
    return bearer !== undefined && verifier.isRevoked(bearer);
  } catch (error) {
    if (error instanceof AuthError) return undefined;
    throw error;
  }
}

const UNKNOWN_REVOCATIONS: Refusal = {
  code: 'UNAVAILABLE',
  message: 'expected to know which tokens were revoked, found identity silent for too long; try again',
};

interface Facts {
  host: string | undefined;
  /** credentials of whatever kind came with it */
  given: boolean;
  request: RegistryRequest | undefined;
  bearer: Bearer | undefined;
}

/** Why not; nothing when it may go on. Who is nobody learns nothing, not even which addresses exist. */
function judge(rights: RightsTable, { host = '', given, request, bearer }: Facts): Refusal | undefined {
  if (!OWN_HOSTS.includes(host.replace(/:\d{1,5}$/, '')))
    return { code: 'MISDIRECTED', message: 'expected one of the names of this registry in Host' };
  if (!bearer) {
    return {
      code: 'UNAUTHORIZED',
      message: 'expected a registry token',
      headers: challenge(host, request, given ? 'invalid_token' : undefined),
    };
  }
  if (!request) return { code: 'UNSUPPORTED', message: 'expected a request of the OCI distribution specification' };
  if (!hasRight(rights, bearer, request)) {
    return { code: 'DENIED', message: `${bearer.kind} ${bearer.name} has no right to ${request.action} ${request.repository || 'here'}` };
  }
  if (!covers(bearer, request)) {
    return {
      code: 'UNAUTHORIZED',
      message: 'expected a token for this repository and action',
      headers: challenge(host, request, 'insufficient_scope'),
    };
  }
  return undefined;
}

function hasRight(rights: RightsTable, bearer: Bearer, { action, repository }: RegistryRequest): boolean {
  if (action === 'none') return true;
  if (action === 'list') return rights.mayList(bearer);
  return rights.actions(bearer, repository).includes(action);
}

function covers({ access }: Bearer, { action, repository }: RegistryRequest): boolean {
  if (action === 'none') return true;
  const [type, name, wanted] = action === 'list' ? ['registry', 'catalog', '*'] : ['repository', repository, action];
  return access.some((entry) => entry.type === type && entry.name === name && entry.actions.includes(wanted));
}

/** A blob is mounted only from where its bytes could be read as well. */
function settleMount(rights: RightsTable, bearer: Bearer, request: RegistryRequest): RegistryRequest {
  const { mountFrom } = request;
  if (mountFrom === undefined) return request;
  return rights.actions(bearer, mountFrom).includes('pull') ? request : withoutMount(request);
}
