import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { parseDeclaration } from '../declaration.ts';
import { PolicyError } from '../error.ts';

const list = z.array(z.coerce.string()).default([]);

/** What the runtime policy reads of a service, in the short and the long forms of the compose specification. */
const serviceSchema = z.looseObject({
  user: z.string().default(''),
  group_add: list,
  privileged: z.boolean().default(false),
  read_only: z.boolean().default(false),
  security_opt: list,
  cap_drop: list,
  cap_add: list,
  devices: z.array(z.unknown()).default([]),
  network_mode: z.string().optional(),
  pid: z.string().optional(),
  ipc: z.string().optional(),
  uts: z.string().optional(),
  userns_mode: z.string().optional(),
  cgroup: z.string().optional(),
  mem_limit: z.union([z.string(), z.number()]).optional(),
  shm_size: z.union([z.string(), z.number()]).default('64m'),
  memswap_limit: z.union([z.string(), z.number()]).optional(),
  cpus: z.coerce.number().default(0),
  pids_limit: z.number().default(0),
  ulimits: z.record(z.string(), z.union([z.number(), z.looseObject({ hard: z.number() })])).default({}),
  tmpfs: z.union([z.string().transform((one) => [one]), list]).default([]),
  volumes: z.array(z.union([z.string(), z.looseObject({ type: z.string() })])).default([]),
  environment: z.union([list, z.record(z.string(), z.unknown())]).default({}),
  networks: z.union([list, z.record(z.string(), z.unknown())]).default([]),
  ports: z.array(z.union([z.string(), z.number().transform(String), z.looseObject({})])).default([]),
  dns: z.union([z.string().transform((one) => [one]), list]).default([]),
  restart: z.string().default('no'),
  logging: z.looseObject({ driver: z.string().optional(), options: z.record(z.string(), z.unknown()).optional() }).default({}),
});
export type ComposeService = z.output<typeof serviceSchema>;

const fileSchema = z.looseObject({ services: z.record(z.string(), serviceSchema) });

/** Services of a compose file by name, merge keys and `${VARIABLE:-default}` resolved as compose does it; needs neither compose nor an engine. */
export async function readComposeFile(file: string): Promise<Readonly<Record<string, ComposeService>>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PolicyError({ code: 'POLICY_FILE_MISSING', message: `${file}: expected a compose file, found no readable file`, cause });
  });
  return parseCompose(file, parseDocument(text, { merge: true, uniqueKeys: true }).toJS({ maxAliasCount: 10_000 }));
}

/** Services of a compose document that is parsed already, such as the answer of `docker compose config --format json`. */
export function parseCompose(file: string, document: unknown): Readonly<Record<string, ComposeService>> {
  return parseDeclaration(file, interpolated(document), fileSchema).services;
}

export function parseComposeService(where: string, service: unknown): ComposeService {
  return parseDeclaration(where, interpolated(service), serviceSchema);
}

/** Compose specification, "Interpolation": a variable's default; its own name where it must be set. */
function interpolated(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(/\$\{([A-Z_]+)([^}]*)\}/g, (_whole, name: string, rest: string) => (rest.startsWith(':-') ? rest.slice(2) : name));
  if (Array.isArray(value)) return value.map(interpolated);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, interpolated(inner)]));
}
