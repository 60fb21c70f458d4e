import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { SUBNET_RANGE } from './rules/network-create.rule.ts';

const Project = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,60}$/, 'expected the name of a compose project');

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

const CONFIG_FILE = '/run/seaworthy/config/engine-filter.json';
/** Beside it; where it is missing, there is no fleet. */
const FLEET_FILE = 'fleet.json';

/**
 * Reads the environment once: `SEAWORTHY_PROJECT`, `JOBS_SUBNETS` (the range for networks of clients, such as `10.213.6.0/24`), `ENGINE_SOCKET` (default `/var/run/docker.sock`), and the clients from
 * `ENGINE_FILTER_CONFIG` (default `/run/seaworthy/config/engine-filter.json`) and, beside it, `fleet.json`, which the operator writes.
 * @throws Error that names the bad variable or field and never its value.
 */
export function readConfig(env: NodeJS.ProcessEnv): FilterConfig {
  const project = Project.safeParse(env['SEAWORTHY_PROJECT']);
  if (!project.success) throw new Error('SEAWORTHY_PROJECT: expected the name of a compose project');
  const subnets = env['JOBS_SUBNETS'];
  if (subnets && !SUBNET_RANGE.test(subnets)) throw new Error('JOBS_SUBNETS: expected a range like 10.213.6.0/24');
  const file = env['ENGINE_FILTER_CONFIG'] || CONFIG_FILE;
  const { clients } = parse(Clients, file);
  const fleetFile = join(dirname(file), FLEET_FILE);
  return {
    engineSocket: env['ENGINE_SOCKET'] || '/var/run/docker.sock',
    clients: clients.map((client) => ({ ...client, project: project.data, ...(subnets ? { subnets } : {}) })),
    fleet: existsSync(fleetFile) ? { ...parse(Fleet, fleetFile), project: project.data } : undefined,
  };
}

function parse<T>(schema: z.ZodType<T>, file: string): T {
  const result = schema.safeParse(readJson(file));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${file}: ${issue?.path.join('.') || 'file'}: ${issue?.message ?? 'expected a file that the operator wrote'}`);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
