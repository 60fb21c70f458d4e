import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Audit } from './audit.log.ts';
import type { ClientScope, FleetScope } from './config.ts';
import type { EngineRequest, EngineSocket } from './engine.socket.ts';
import { FLEET_OPERATIONS } from './fleet/fleet.operations.ts';
import { OPERATIONS } from './operations.ts';
import type { Operation } from './operations.ts';
import { NoSuchThing } from './ownership.ts';
import { Refusal } from './refusal.ts';
import { readRequestLine } from './request-line.ts';
import { LIMITS } from './rules/limits.ts';
import { takingTurns } from './turns.ts';

interface FilterOptions<Client> {
  readonly client: Client;
  readonly engine: EngineSocket;
  readonly audit: Audit;
}

/** Listens on the client's own socket: which client asks is known by where it asks, so nothing in a request can claim it. */
export async function listenForClient(options: FilterOptions<ClientScope>): Promise<Server> {
  return listen({ ...options, operations: OPERATIONS });
}

/** The fleet's own socket, with what the fleet may ask, which is something else. */
export async function listenForFleet({ client, ...options }: FilterOptions<FleetScope>): Promise<Server> {
  return listen({ ...options, client: { ...client, name: 'fleet' }, operations: FLEET_OPERATIONS });
}

interface Listening<Client> extends FilterOptions<Client> {
  readonly client: Client & { readonly name: string; readonly socket: string };
  readonly operations: readonly Operation<Client>[];
}

async function listen<Client>(options: Listening<Client>): Promise<Server> {
  const inTurn = takingTurns();
  const server = createServer(
    { maxHeaderSize: 8192, insecureHTTPParser: false, headersTimeout: 10_000, requestTimeout: 0 },
    (request, response) => {
      void handle({ ...options, request, response, inTurn });
    },
  );
  // answers may take as long as a job does, so that only their number bounds what a client can make the filter hold
  server.maxConnections = LIMITS.connections;
  const reason = `expected at most ${LIMITS.connections} connections at once`;
  server.on('drop', () => options.audit({ event: 'refused', client: options.client.name, rule: 'QUOTA', reason }));
  await rm(options.client.socket, { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.client.socket, resolve));
  await chmod(options.client.socket, 0o660);
  return server;
}

interface Exchange<Client> extends Listening<Client> {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly inTurn: ReturnType<typeof takingTurns>;
}

async function handle<Client>({ audit, request, response, ...options }: Exchange<Client>): Promise<void> {
  const asked = { client: options.client.name, method: request.method, url: request.url?.slice(0, 300) };
  try {
    const answer = await ask({ ...options, request, response });
    audit({ event: 'allowed', ...asked, status: answer.statusCode });
    response.writeHead(answer.statusCode ?? 502, passedHeaders(answer));
    // who follows what happens wants to know that it is heard before anything does
    response.flushHeaders();
    await pipeline(answer, response);
  } catch (error) {
    if (error instanceof Refusal) audit({ event: 'refused', ...asked, rule: error.rule, reason: error.message });
    else audit({ event: 'failed', ...asked, reason: String(error) });
    answerError(response, error);
  }
}

async function ask<Client>({
  client,
  engine,
  operations,
  request,
  response,
  inTurn,
}: Omit<Exchange<Client>, 'audit'>): Promise<IncomingMessage> {
  const line = readRequestLine(request);
  // who has gone by the time that its turn comes, or that it is known what it may, would not know what was done
  const present = engine.until(abortedWith(response));
  for (const { method, path, allow } of operations) {
    const match = method === line.method ? path.exec(line.path) : null;
    if (!match) continue;
    const send = async (): Promise<IncomingMessage> => {
      const passed: EngineRequest = await allow({ client, engine: present, line, request, target: match[1] ?? '' });
      return present.send(passed);
    };
    // What is checked before a change must still be so when the change is made: changes of one client never overlap.
    return line.path.endsWith('/create') || (method === 'DELETE' && line.path.startsWith('/volumes')) ? inTurn(send) : send();
  }
  throw new Refusal({ rule: 'ROUTE', message: `${line.method} ${line.path} is not among what a client may ask of the engine` });
}

function abortedWith(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

function passedHeaders({ headers }: IncomingMessage): Record<string, string> {
  const passed = ['content-type', 'content-length', 'api-version', 'docker-experimental', 'ostype', 'x-docker-container-path-stat'];
  return Object.fromEntries(passed.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])));
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = error instanceof NoSuchThing ? 404 : error instanceof Refusal ? 403 : 502;
  const message = error instanceof Refusal ? error.message : 'engine-filter: the engine did not answer; see the filter’s log';
  // `close`: what a refused request still holds in its body must never be read as the next request.
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify({ message }));
}
