import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TIERS } from '@seaworthy/contracts';
import type { Tier } from '@seaworthy/contracts';
import { z } from 'zod';
import { readDeclaration } from '../declaration.ts';
import { loadServiceCard } from '../service-card.ts';
import { bytes } from './quantity.ts';
import { compileRule, ruleSchema } from './runtime.rule.ts';
import type { RuntimeRule } from './runtime.rule.ts';

const size = z
  .string()
  .regex(/^\d+[kmg]$/, 'expected a size like 256m')
  .transform(bytes);

const limitsSchema = z.strictObject({
  memory: size,
  cpus: z.number().positive(),
  pids: z.int().min(1).transform(BigInt),
  openFiles: z.int().min(1).transform(BigInt),
  /** each tmpfs */
  tmpfs: size,
  /** what one container's log may come to */
  log: size,
});

const containerSchema = z.strictObject({
  /** apps/<card>/service.yaml, which holds tier and networks */
  card: z.string().optional(),
  tier: z.enum(TIERS).optional(),
  networks: z.array(z.string()).optional(),
  /** a profile of infra/seccomp by its name */
  seccomp: z.string(),
  /** inside; on the host they are on loopback */
  ports: z.array(z.int()).default([]),
  /** volumes that it may write to */
  writes: z.array(z.string()).default([]),
  /** where it may have a tmpfs */
  tmpfs: z.array(z.string()).default([]),
  /** size of /dev/shm, for what cannot do without */
  sharedMemory: size.default(0n),
  restart: z.enum(['unless-stopped', 'no']).default('unless-stopped'),
  /** whether it holds the engine's socket */
  engine: z.boolean().default(false),
  /** whether it resolves names of the outside */
  outside: z.boolean().default(false),
});

export const runtimeSchema = z.strictObject({
  tiers: z.strictObject({ public: limitsSchema, internal: limitsSchema, restricted: limitsSchema }),
  containers: z.record(z.string(), containerSchema),
});

/** Where programs listen that are not ours, by the name of their seccomp profile. */
const PROGRAM_PORTS: Readonly<Record<string, number>> = { haproxy: 8443, nats: 4222, postgres: 5432, squid: 3128, valkey: 6379 };

/** What one container may be and have: the variable `allowed` of the rules. */
export interface Allowance {
  readonly tier: Tier;
  readonly seccomp: string;
  readonly networks: readonly string[];
  readonly ports: readonly bigint[];
  readonly writes: readonly string[];
  readonly tmpfs: readonly string[];
  readonly restart: string;
  readonly engine: boolean;
  readonly outside: boolean;
  readonly memoryBytes: bigint;
  readonly cpus: number;
  readonly pids: bigint;
  readonly openFiles: bigint;
  readonly tmpfsBytes: bigint;
  readonly sharedMemoryBytes: bigint;
  readonly logBytes: bigint;
}

export interface RuntimePolicy {
  /** by service of compose.yaml */
  readonly containers: Readonly<Record<string, Allowance>>;
  /** the port on which others reach it, of those that have one */
  readonly listens: Readonly<Record<string, number>>;
  readonly rules: readonly RuntimeRule[];
}

/**
 * Reads `infra/policies/runtime.yaml`, the rules beside it, and the service cards that it names.
 * @param rulesDir where the rules are, when those beside it are not to be believed
 * @throws PolicyError that names file, path and what was expected
 */
export async function loadRuntimePolicy(root: string, rulesDir = join(root, 'infra', 'policies', 'runtime')): Promise<RuntimePolicy> {
  const policies = join(root, 'infra', 'policies');
  const { tiers, containers } = await readDeclaration(join(policies, 'runtime.yaml'), runtimeSchema);
  const allowed = await Promise.all(
    Object.entries(containers).map(async ([name, { card, sharedMemory, ...own }]) => {
      const declared = card === undefined ? undefined : await loadServiceCard(join(root, 'apps', card));
      const tier = own.tier ?? declared?.tier ?? 'restricted';
      const { memory, tmpfs, log, ...limits } = tiers[tier];
      const networks = own.networks ?? declared?.networks ?? [];
      const most = { ...limits, memoryBytes: memory, tmpfsBytes: tmpfs, logBytes: log, sharedMemoryBytes: sharedMemory };
      // one that ends by itself serves nobody
      const port = own.restart === 'no' ? undefined : (declared?.ports[0] ?? PROGRAM_PORTS[own.seccomp]);
      return { name, port, allowance: { ...own, ...most, tier, networks, ports: own.ports.map(BigInt) } };
    }),
  );
  return {
    containers: Object.fromEntries(allowed.map(({ name, allowance }) => [name, allowance])),
    listens: Object.fromEntries(allowed.flatMap(({ name, port }) => (port === undefined ? [] : [[name, port]]))),
    rules: await loadRules(rulesDir),
  };
}

async function loadRules(dir: string): Promise<RuntimeRule[]> {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.yaml')).toSorted();
  return Promise.all(files.map(async (file) => compileRule(join(dir, file), await readDeclaration(join(dir, file), ruleSchema))));
}
