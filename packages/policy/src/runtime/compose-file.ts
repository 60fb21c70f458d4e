import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { parseDeclaration } from '../declaration.ts';
import { PolicyError } from '../error.ts';
import { isJudged } from './security-options.ts';

const list = z.array(z.coerce.string()).default([]);

const securityOption = z.coerce.string().refine(isJudged, {
  error: ({ input }) => `expected no-new-privileges:true or seccomp:<file of a profile>, found ${String(input).slice(0, 100)}`,
});

/** In compose.yaml, and nothing that a rule has to see. */
const unjudged = z.unknown().optional();

/**
 * What the runtime policy reads of a service, in the short and the long forms of the compose specification. A field that is not named here
 * is refused, and so is a security option: what nobody reads, nobody judges.
 */
const serviceSchema = z.strictObject({
  image: unjudged,
  command: unjudged,
  entrypoint: unjudged,
  labels: unjudged,
  depends_on: unjudged,
  /** an image comes from where it was verified, and from nowhere else; `build`, as every field without a name here, is refused */
  pull_policy: z.literal('never', { error: 'expected never, found another or none: images are verified, and not pulled' }),
  stop_signal: unjudged,
  stop_grace_period: unjudged,
  deploy: z.strictObject({ replicas: z.number() }).optional(),
  user: z.string().default(''),
  group_add: list,
  privileged: z.boolean().default(false),
  read_only: z.boolean().default(false),
  security_opt: z.array(securityOption).default([]),
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
  volumes: z.array(z.union([z.string(), z.looseObject({ type: z.enum(['bind', 'tmpfs', 'volume']) })])).default([]),
  environment: z.union([list, z.record(z.string(), z.unknown())]).default({}),
  networks: z.union([list, z.record(z.string(), z.unknown())]).default([]),
  ports: z.array(z.union([z.string(), z.number().transform(String), z.looseObject({})])).default([]),
  dns: z.union([z.string().transform((one) => [one]), list]).default([]),
  restart: z.string().default('no'),
  logging: z.looseObject({ driver: z.string().optional(), options: z.record(z.string(), z.unknown()).optional() }).default({}),
});
export type ComposeService = z.output<typeof serviceSchema>;

/** A volume with options of its driver could be any path of the host, a network with another driver the host's own. */
const volumeSchema = z.strictObject({ labels: unjudged }).nullable();
const networkSchema = z.strictObject({
  internal: unjudged,
  labels: unjudged,
  ipam: unjudged,
  driver_opts: z
    .strictObject({
      'com.docker.network.bridge.inhibit_ipv4': unjudged,
      'com.docker.network.bridge.enable_ip_masquerade': unjudged,
    })
    .optional(),
});

const fileSchema = z.strictObject({
  name: unjudged,
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), networkSchema).default({}),
  volumes: z.record(z.string(), volumeSchema).default({}),
});

/** Services of a compose file by name, merge keys and `${VARIABLE:-default}` resolved as compose does it; needs neither compose nor an engine. */
export async function readComposeFile(file: string): Promise<Readonly<Record<string, ComposeService>>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PolicyError({ code: 'POLICY_FILE_MISSING', message: `${file}: expected a compose file, found no readable file`, cause });
  });
  const document = parseDocument(text, { merge: true, uniqueKeys: true });
  // compose merges further documents, and its tags (!reset, !override) take values back: neither is read here
  const [broken] = [...document.errors, ...document.warnings];
  if (broken) throw malformed(file, [], `expected one document of plain YAML, found: ${broken.message.split('\n')[0] ?? ''}`);
  return parseCompose(file, document.toJS({ maxAliasCount: 10_000 }));
}

/** Services of a compose document that is parsed already. */
export function parseCompose(file: string, document: unknown): Readonly<Record<string, ComposeService>> {
  const fields = Object.entries(z.record(z.string(), z.unknown()).parse(document)).filter(([name]) => !name.startsWith('x-'));
  return parseDeclaration(file, interpolated(file, Object.fromEntries(fields)), fileSchema).services;
}

export function parseComposeService(where: string, service: unknown): ComposeService {
  return parseDeclaration(where, interpolated(where, service), serviceSchema);
}

const VARIABLE = /\$\{([A-Z_]+):(?:-([^${}]*)|\?[^${}]*)\}/g;

/**
 * Compose specification, "Interpolation": a variable's default; its own name where it must be set. The specification has more forms, with
 * which a value would be read otherwise here than by compose: they are refused.
 */
function interpolated(file: string, value: unknown, path: readonly string[] = []): unknown {
  if (typeof value === 'string') {
    if (value.replace(VARIABLE, '').includes('$'))
      throw malformed(file, path, `expected variables as \${NAME:-default} or \${NAME:?message}, found ${value.slice(0, 100)}`);
    return value.replace(VARIABLE, (_whole, name: string, standard: string | undefined) => standard ?? name);
  }
  if (Array.isArray(value)) return value.map((inner, index) => interpolated(file, inner, [...path, String(index)]));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, interpolated(file, inner, [...path, key])]));
}

function malformed(file: string, path: readonly string[], message: string): PolicyError {
  return new PolicyError({ code: 'POLICY_FILE_MALFORMED', message: `${file}: ${path.join('.') || '(top)'}: ${message}` });
}
