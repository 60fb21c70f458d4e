import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { ClientScope } from './config.ts';
import type { EngineRequest, EngineSocket } from './engine.socket.ts';
import { ownFilter, requireOwnContainer, requireOwnName, requireOwnNetwork, requireOwnVolume } from './ownership.ts';
import { Refusal } from './refusal.ts';
import type { RequestLine } from './request-line.ts';
import { PlainPath } from './rules/plain-path.ts';
import { checkContainer, checkNetwork, checkVolume } from './rules/create.check.ts';
import { readBody, refuseBody } from './request-body.ts';
import { FLAG, readQuery, SECONDS } from './request-query.ts';

export interface Asked<Client = ClientScope> {
  readonly client: Client;
  readonly engine: EngineSocket;
  readonly line: RequestLine;
  readonly request: IncomingMessage;
  /** what the path's placeholder matched: a container, a volume or an image */
  readonly target: string;
}

export interface Operation<Client = ClientScope> {
  readonly method: string;
  readonly path: RegExp;
  /** turns what was asked into what the engine gets, or throws a Refusal */
  readonly allow: (asked: Asked<Client>) => Promise<EngineRequest> | EngineRequest;
}

const ID = '([a-zA-Z0-9][a-zA-Z0-9_.-]{0,127})';

/** Everything that a client may ask of the engine. What is not in this table does not exist for it. */
export const OPERATIONS: readonly Operation[] = [
  { method: 'GET', path: /^\/_ping$/, allow: (asked) => plain(asked, '/_ping') },
  { method: 'HEAD', path: /^\/_ping$/, allow: (asked) => plain(asked, '/_ping') },
  { method: 'GET', path: /^\/version$/, allow: (asked) => plain(asked, '/version') },
  { method: 'GET', path: /^\/images\/(sha256:[0-9a-f]{64})\/json$/, allow: inspectImage },

  { method: 'POST', path: /^\/containers\/create$/, allow: createContainer },
  { method: 'GET', path: /^\/containers\/json$/, allow: listContainers },
  { method: 'GET', path: own('json'), allow: onContainer('json', {}) },
  {
    method: 'GET',
    path: own('logs'),
    allow: onContainer('logs', { stdout: FLAG, stderr: FLAG, follow: FLAG, tail: z.string().regex(/^(?:all|\d{1,6})$/), timestamps: FLAG }),
  },
  { method: 'POST', path: own('start'), allow: onContainer('start', {}) },
  { method: 'POST', path: own('stop'), allow: onContainer('stop', { t: SECONDS }) },
  { method: 'POST', path: own('kill'), allow: onContainer('kill', { signal: z.enum(['SIGKILL', 'SIGTERM', 'KILL', 'TERM']) }) },
  { method: 'POST', path: own('wait'), allow: onContainer('wait', { condition: z.enum(['not-running', 'next-exit', 'removed']) }) },
  { method: 'GET', path: own('archive'), allow: archive },
  { method: 'HEAD', path: own('archive'), allow: archive },
  { method: 'PUT', path: own('archive'), allow: archive },
  { method: 'DELETE', path: new RegExp(`^/containers/${ID}$`), allow: onContainer(undefined, { force: FLAG, v: FLAG }) },

  { method: 'POST', path: /^\/volumes\/create$/, allow: createVolume },
  { method: 'GET', path: /^\/volumes$/, allow: listVolumes },
  { method: 'GET', path: new RegExp(`^/volumes/${ID}$`), allow: onVolume },
  { method: 'DELETE', path: new RegExp(`^/volumes/${ID}$`), allow: onVolume },

  { method: 'POST', path: /^\/networks\/create$/, allow: createNetwork },
  { method: 'GET', path: /^\/networks$/, allow: listNetworks },
  { method: 'DELETE', path: new RegExp(`^/networks/${ID}$`), allow: removeNetwork },
];

function own(action: string): RegExp {
  return new RegExp(`^/containers/${ID}/${action}$`);
}

async function plain({ line, request }: Asked, path: string): Promise<EngineRequest> {
  readQuery(line, {});
  await refuseBody(request);
  return { method: line.method, path };
}

async function inspectImage(asked: Asked): Promise<EngineRequest> {
  if (!asked.client.images.includes(asked.target))
    throw new Refusal({ rule: 'IMAGE', message: `expected an image on your list, found ${asked.target}` });
  return plain(asked, `/images/${asked.target}/json`);
}

async function createContainer({ client, engine, line, request }: Asked): Promise<EngineRequest> {
  const query = readQuery(line, { name: z.string() });
  const name = requireOwnName(client, query['name']);
  const body = await checkContainer({ client, engine, body: await readBody(request) });
  return { method: 'POST', path: '/containers/create', query: { name }, body };
}

async function createVolume({ client, engine, line, request }: Asked): Promise<EngineRequest> {
  readQuery(line, {});
  return { method: 'POST', path: '/volumes/create', body: await checkVolume({ client, engine, body: await readBody(request) }) };
}

async function createNetwork({ client, engine, line, request }: Asked): Promise<EngineRequest> {
  readQuery(line, {});
  return { method: 'POST', path: '/networks/create', body: await checkNetwork({ client, engine, body: await readBody(request) }) };
}

async function listNetworks({ client, line, request }: Asked): Promise<EngineRequest> {
  readQuery(line, { filters: z.string() });
  await refuseBody(request);
  return { method: 'GET', path: '/networks', query: { filters: ownFilter(client, 'networks') } };
}

async function removeNetwork({ client, engine, line, request, target }: Asked): Promise<EngineRequest> {
  readQuery(line, {});
  await refuseBody(request);
  return { method: 'DELETE', path: `/networks/${await requireOwnNetwork(client, engine, target)}` };
}

/** The client's own filters are not read: it always gets all that is its own, and nothing else. */
async function listContainers({ client, line, request }: Asked): Promise<EngineRequest> {
  readQuery(line, { all: FLAG, filters: z.string(), limit: SECONDS });
  await refuseBody(request);
  return { method: 'GET', path: '/containers/json', query: { all: '1', filters: ownFilter(client, 'containers') } };
}

async function listVolumes({ client, line, request }: Asked): Promise<EngineRequest> {
  readQuery(line, { filters: z.string() });
  await refuseBody(request);
  return { method: 'GET', path: '/volumes', query: { filters: ownFilter(client, 'volumes') } };
}

function onContainer(action: string | undefined, parameters: Record<string, z.ZodType<string>>): Operation['allow'] {
  return async ({ client, engine, line, request, target }) => {
    const query = readQuery(line, parameters);
    await refuseBody(request);
    const { id } = await requireOwnContainer(client, engine, target);
    return { method: line.method, path: action ? `/containers/${id}/${action}` : `/containers/${id}`, query };
  };
}

/** Archives of a client's own container, inside its mounts alone: the filesystem of its image is not the client's. */
async function archive({ client, engine, line, request, target }: Asked): Promise<EngineRequest> {
  const query = readQuery(line, { path: PlainPath, noOverwriteDirNonDir: FLAG });
  if (line.method !== 'PUT') await refuseBody(request);
  const { id, mountPoints } = await requireOwnContainer(client, engine, target);
  const path = query['path'] ?? '';
  if (!mountPoints.some((mount) => path === mount || path.startsWith(`${mount}/`))) {
    throw new Refusal({ rule: 'OWNERSHIP', message: `expected a path inside one of the container's mounts (${mountPoints.join(', ')})` });
  }
  return { method: line.method, path: `/containers/${id}/archive`, query, ...(line.method === 'PUT' ? { body: request } : {}) };
}

async function onVolume({ client, engine, line, request, target }: Asked): Promise<EngineRequest> {
  const query = readQuery(line, line.method === 'DELETE' ? { force: FLAG } : {});
  await refuseBody(request);
  const name = await requireOwnVolume(client, engine, target);
  return { method: line.method, path: `/volumes/${name}`, query };
}
