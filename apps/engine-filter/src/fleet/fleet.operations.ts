import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { FleetScope } from '../config.ts';
import type { EngineRequest } from '../engine.socket.ts';
import type { Asked, Operation } from '../operations.ts';
import { Refusal } from '../refusal.ts';
import { readBody, refuseBody } from '../request-body.ts';
import { FLAG, readQuery, SECONDS } from '../request-query.ts';
import { readDeployed } from './deployed.ts';
import { checkReplica } from './replica-create.check.ts';
import { replicaLabels, requireReplica } from './replica.ownership.ts';

/** Events of a container that mean that somebody went into it (Engine API, "Monitor events"). */
const ENTRY_EVENTS = ['exec_start', 'archive-path', 'extract-to-dir', 'export'];
/** And those after which the engine would say something else of it. */
const NEWS_EVENTS = [...ENTRY_EVENTS, 'create', 'start', 'pause', 'unpause', 'rename', 'update', 'die', 'destroy'];

const ID = '([a-zA-Z0-9][a-zA-Z0-9_.-]{0,127})';

/**
 * Everything that the fleet may ask of the engine: to make a replica exactly as deployed, to see how it fares, and to take it away.
 * No exec, no archive, no logs, no volumes, no images, no network but to join the deployed ones before the start; of events only those of
 * replicas.
 */
export const FLEET_OPERATIONS: readonly Operation<FleetScope>[] = [
  { method: 'GET', path: /^\/_ping$/, allow: ping },
  { method: 'GET', path: /^\/containers\/json$/, allow: list },
  { method: 'GET', path: /^\/events$/, allow: events },
  { method: 'POST', path: /^\/containers\/create$/, allow: create },
  { method: 'POST', path: new RegExp(`^/networks/${ID}/connect$`), allow: connect },
  { method: 'GET', path: own('json'), allow: onReplica('json', {}) },
  { method: 'GET', path: own('changes'), allow: onReplica('changes', {}) },
  { method: 'POST', path: own('start'), allow: onReplica('start', {}) },
  { method: 'POST', path: own('stop'), allow: onReplica('stop', { t: SECONDS }) },
  { method: 'DELETE', path: new RegExp(`^/containers/${ID}$`), allow: onReplica(undefined, { force: FLAG, v: FLAG }) },
];

function own(action: string): RegExp {
  return new RegExp(`^/containers/${ID}/${action}$`);
}

async function ping({ line, request }: Asked<FleetScope>): Promise<EngineRequest> {
  readQuery(line, {});
  await refuseBody(request);
  return { method: line.method, path: '/_ping' };
}

const Filters = z.strictObject({ label: z.tuple([z.string().regex(/^com\.docker\.compose\.service=[a-z][a-z0-9-]{0,62}$/)]) });

/** The replicas of one service that was deployed: the engine has no "either or" for labels. */
async function list({ client, line, request }: Asked<FleetScope>): Promise<EngineRequest> {
  const query = readQuery(line, { all: FLAG, filters: z.string().max(200) });
  await refuseBody(request);
  const filters = { label: replicaLabels(client, requireService(client, query['filters'])) };
  return { method: 'GET', path: '/containers/json', query: { all: '1', filters: JSON.stringify(filters) } };
}

/**
 * Of the replicas of one service. With `follow`, what happens to them from now on, as it happens. Without it, what the engine still remembers
 * of commands run in them, and of files taken out of or put into them; that ends with this moment, so that the answer ends as well.
 */
async function events({ client, line, request }: Asked<FleetScope>): Promise<EngineRequest> {
  const query = readQuery(line, { filters: z.string().max(200), follow: z.literal('1') });
  await refuseBody(request);
  const label = replicaLabels(client, requireService(client, query['filters']));
  const filters = (event: readonly string[]): string => JSON.stringify({ type: ['container'], event, label });
  if (query['follow'] !== undefined) return { method: 'GET', path: '/events', query: { filters: filters(NEWS_EVENTS) } };
  return { method: 'GET', path: '/events', query: { since: '1', until: (Date.now() / 1000).toFixed(3), filters: filters(ENTRY_EVENTS) } };
}

function requireService(client: FleetScope, filters: string | undefined): string {
  const service = serviceIn(filters);
  if (service === undefined || !Object.hasOwn(readDeployed(client).services, service)) {
    throw new Refusal({ rule: 'OWNERSHIP', message: 'expected the filter com.docker.compose.service=<a deployed service>' });
  }
  return service;
}

function serviceIn(filters: string | undefined): string | undefined {
  try {
    return Filters.parse(JSON.parse(filters ?? '')).label[0].split('=')[1];
  } catch {
    return undefined;
  }
}

async function create({ client, engine, line, request }: Asked<FleetScope>): Promise<EngineRequest> {
  const query = readQuery(line, { name: z.string().max(128) });
  const { name, body } = await checkReplica({ client, engine, name: query['name'], body: await readBody(request) });
  return { method: 'POST', path: '/containers/create', query: { name }, body };
}

const Connect = z.strictObject({
  Container: z.string().regex(new RegExp(`^${ID}$`)),
  EndpointConfig: z.strictObject({ Aliases: z.array(z.string()) }),
});

/** Only before its first start, and only to the networks of its revision, under the names that it has there. */
async function connect({ client, engine, line, request, target }: Asked<FleetScope>): Promise<EngineRequest> {
  readQuery(line, {});
  const asked = Connect.safeParse(await readBody(request));
  if (!asked.success) throw new Refusal({ rule: 'SCHEMA', message: 'expected Container and EndpointConfig.Aliases', cause: asked.error });
  const { id, status, revision } = await requireReplica(client, engine, asked.data.Container);
  const network = revision?.networks.find(({ name }) => name === target);
  if (network === undefined || status !== 'created' || !isDeepStrictEqual(network.aliases, asked.data.EndpointConfig.Aliases)) {
    throw new Refusal({
      rule: 'NETWORK',
      message: `expected a replica that was not started yet, and a network of its revision as deployed, found ${target}`,
    });
  }
  return { method: 'POST', path: `/networks/${target}/connect`, body: { Container: id, EndpointConfig: { Aliases: network.aliases } } };
}

function onReplica(action: string | undefined, parameters: Record<string, z.ZodType<string>>): Operation<FleetScope>['allow'] {
  return async ({ client, engine, line, request, target }) => {
    const query = readQuery(line, parameters);
    await refuseBody(request);
    const { id } = await requireReplica(client, engine, target);
    return { method: line.method, path: action === undefined ? `/containers/${id}` : `/containers/${id}/${action}`, query };
  };
}
