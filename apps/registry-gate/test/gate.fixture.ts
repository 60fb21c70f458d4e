import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AccessModule, AuthError, TokenVerifier, type Service } from '@seaworthy/platform';
import { trustingDispatcher, trustingFetch, type TrustingFetch } from '@seaworthy/testing/fetch';
import { TestIssuer } from '@seaworthy/testing/issuer';
import { testAuthority } from '@seaworthy/testing/trust';
import { createGate } from '../src/gate.service.ts';

type Answer = Awaited<ReturnType<TrustingFetch>>;

export interface RunningGate {
  app: Service['app'];
  url: string;
  port: number;
  root: string;
  fetch: TrustingFetch;
  /** asks for a path, with a token or without */
  call: (path: string, token?: string, init?: Parameters<TrustingFetch>[1]) => Promise<Answer>;
  /** requests that reached the registry behind */
  seen: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[];
  /** what the registry behind does; by default it answers 200 with nothing */
  behave: (listener: RequestListener) => void;
  /** access token of a workload, or of a person with these roles */
  identityToken: (name: string, roles?: string[], lifetime?: number) => Promise<string>;
  /** registry token for the scopes */
  token: (name: string, scopes: string[], roles?: string[]) => Promise<string>;
  /** of access tokens, as identity would publish them; undefined: it is silent */
  revoked: Set<string> | undefined;
  log: () => Record<string, unknown>[];
  stop: () => Promise<void>;
}

const RIGHTS = resolve(import.meta.dirname, '../../../infra/policies/registry-rights.yaml');

/** The real gate over TLS with the real table of rights, before a small HTTP server on a socket that notes what gets through. */
export async function startGate(rightsFile = RIGHTS, environment: Record<string, string> = {}): Promise<RunningGate> {
  const dir = mkdtempSync(join(tmpdir(), 'seaworthy-gate-'));
  const socket = join(dir, 'registry.sock');
  const seen: RunningGate['seen'] = [];
  let behaviour: RequestListener = (_, answer) => answer.end();
  const behind = createServer((request, answer) => {
    // the gate's own question, whether the registry answers, is nobody's request; it comes again while the machine is slow
    if (request.headers.host === 'localhost') {
      answer.end();
      return;
    }
    seen.push({ method: request.method, url: request.url, headers: request.headers });
    behaviour(request, answer);
  });
  await new Promise<void>((listening) => behind.listen(socket, listening));

  const issuer = await TestIssuer.create();
  const authority = await testAuthority();
  const leaf = await authority.issue('localhost', '127.0.0.1', 'registry.seaworthy.internal');
  const lines: string[] = [];
  const revocations = {
    ready: async () => undefined,
    has: (id: string) => {
      if (gate.revoked !== undefined) return gate.revoked.has(id);
      throw new AuthError({ code: 'KEYS_UNREACHABLE', message: 'expected the list of revoked tokens, found no answer' });
    },
  };
  const service = await createGate(AccessModule.using({ useFactory: () => new TokenVerifier({ keys: issuer.keys, revocations }) }), {
    source: {
      environment: { LOG_LEVEL: 'silent', HOST: '127.0.0.1', PORT: '0', REGISTRY_SOCKET: socket, RIGHTS_FILE: rightsFile, ...environment },
      secret: () => undefined,
    },
    logDestination: { write: (line) => void lines.push(line) },
    certificate: async () => ({
      keepFresh: (server) => server.setSecureContext(leaf),
      material: { notAfter: new Date(Date.now() + 3_600_000) },
      stop: () => undefined,
    }),
  });
  const { port } = await service.listen();
  const dispatcher = trustingDispatcher(authority.root);
  const fetch = trustingFetch(dispatcher);
  const url = `https://localhost:${port}`;

  const identityToken: RunningGate['identityToken'] = async (name, roles, lifetime = 600) => {
    const expires = Math.floor(Date.now() / 1000) + lifetime;
    return roles ? issuer.person(name, roles, { expires }) : issuer.workload(name, { expires });
  };
  const gate: RunningGate = {
    revoked: new Set(),
    app: service.app,
    url,
    port,
    root: authority.root,
    fetch,
    call: async (path, token, init = {}) =>
      fetch(url + path, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), ...(token && { authorization: `Bearer ${token}` }) },
      }),
    seen,
    behave: (listener) => (behaviour = listener),
    identityToken,
    token: async (name, scopes, roles) => {
      const query = new URLSearchParams([
        ['service', 'registry.seaworthy.internal'],
        ...scopes.map((scope) => ['scope', scope] as [string, string]),
      ]);
      const authorization = `Basic ${Buffer.from(`anything:${await identityToken(name, roles)}`).toString('base64')}`;
      const answer = await fetch(`${url}/token?${query.toString()}`, { headers: { authorization } });
      return ((await answer.json()) as { token: string }).token;
    },
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    stop: async () => {
      await dispatcher.destroy();
      await service.close();
      behind.closeAllConnections();
      behind.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return gate;
}

/** The code of a registry's error. */
export async function codeOf(answer: Answer): Promise<string | undefined> {
  return ((await answer.json()) as { errors: { code: string }[] }).errors[0]?.code;
}
