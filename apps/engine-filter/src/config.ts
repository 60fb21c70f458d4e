import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from './config.error.ts';
import { SUBNET_RANGE } from './rules/network-create.rule.ts';

const PROJECT_NAME = 'expected the name of a compose project';
const path = z.string().regex(/^\/[\w./-]{1,1023}$/, 'expected an absolute path');

/** What the environment may say; empty counts as not set. */
export const Environment = z.object({
  SEAWORTHY_PROJECT: z.string(PROJECT_NAME).regex(/^[a-z0-9][a-z0-9_-]{0,60}$/, PROJECT_NAME),
  /** the range for networks of clients; without it, they can make none */
  JOBS_SUBNETS: z.string().regex(SUBNET_RANGE, 'expected a range like 10.213.6.0/24').optional(),
  ENGINE_SOCKET: path.default('/var/run/docker.sock'),
  /** who may do what, as the operator wrote it; beside it, `fleet.json` */
  ENGINE_FILTER_CONFIG: path.default('/run/seaworthy/config/engine-filter.json'),
});

const Client = z.strictObject({
  /** also the value of the client's label on everything that it makes */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  /** where the filter listens for this client alone */
  socket: z.string().regex(/^\/[\w./-]+$/),
  /** ids of the images that the client may run */
  images: z.array(z.string().regex(/^sha256:[0-9a-f]{64}$/)).min(1),
  /** names of the networks that its containers may join; `none` is always allowed */
  networks: z.array(z.string().regex(/^[a-zA-Z0-9][\w.-]{0,100}$/)),
});
/** The fleet: it makes and takes away replicas, exactly as deploy has written them down. */
const Fleet = z.strictObject({
  socket: Client.shape.socket,
  /** what deploy wants; read anew for each request, written by nobody whom the filter serves */
  desiredFile: z.string().regex(/^\/[\w./-]+$/),
});
const Clients = z.strictObject({ clients: z.array(Client).min(1) });

/** What one client may do, and where it does it. */
export type ClientScope = z.infer<typeof Client> & {
  /** value of the owner label: the compose project */
  readonly project: string;
  /** where its own networks may lie; without it, it can make none */
  readonly subnets?: string;
};

export type FleetScope = z.infer<typeof Fleet> & { readonly project: string };

export interface FilterConfig {
  readonly engineSocket: string;
  readonly clients: readonly ClientScope[];
  readonly fleet: FleetScope | undefined;
}

/** Beside the clients' file; where it is missing, there is no fleet. */
const FLEET_FILE = 'fleet.json';

/**
 * Reads the environment once, the clients from the file that it names, and the fleet from the one beside that.
 * @throws {ConfigError} that names the bad variable or field and never its value
 */
export function readConfig(env: NodeJS.ProcessEnv): FilterConfig {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const {
    SEAWORTHY_PROJECT: project,
    JOBS_SUBNETS: subnets,
    ENGINE_SOCKET: engineSocket,
    ENGINE_FILTER_CONFIG: file,
  } = parse(Environment, set);
  const { clients } = parse(Clients, readJson(file), file);
  const fleetFile = join(dirname(file), FLEET_FILE);
  return {
    engineSocket,
    clients: clients.map((client) => ({ ...client, project, ...(subnets === undefined ? {} : { subnets }) })),
    fleet: existsSync(fleetFile) ? { ...parse(Fleet, readJson(fleetFile), fleetFile), project } : undefined,
  };
}

function parse<T>(schema: z.ZodType<T>, value: unknown, file?: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: where, message }) => `${where.join('.') || 'file'}: ${message}`);
  throw new ConfigError(problems.map((problem) => (file === undefined ? problem : `${file}: ${problem}`)));
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new ConfigError([`${file}: expected JSON that the operator wrote, found no file or something else`]);
  }
}
