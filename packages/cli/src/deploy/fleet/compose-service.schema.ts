import { z } from 'zod';

const bytes = z.union([z.string().regex(/^\d+$/), z.int()]).transform(Number);
const limit = z.union([z.int(), z.strictObject({ soft: z.int(), hard: z.int() })]);

/**
 * A service as `docker compose config --format json` writes it: what a replica may have, and nothing else. A field that is not here would
 * be left out of the container in silence, so it is refused.
 */
export const composeServiceSchema = z.strictObject({
  image: z.string(),
  command: z.array(z.string()).nullable(),
  entrypoint: z.array(z.string()).nullable(),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  user: z.string(),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  ipc: z.string(),
  cgroup: z.string(),
  cpus: z.number(),
  pids_limit: z.int(),
  mem_limit: bytes,
  memswap_limit: bytes,
  ulimits: z.record(z.string(), limit).default({}),
  restart: z.string(),
  stop_grace_period: z.string().regex(/^\d+s$/, 'expected whole seconds'),
  stop_signal: z.string().optional(),
  dns: z.array(z.string()).default([]),
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
  labels: z.record(z.string(), z.string()).default({}),
  volumes: z
    .array(
      z.strictObject({
        type: z.literal('volume'),
        source: z.string(),
        target: z.string(),
        read_only: z.boolean().default(false),
        volume: z.strictObject({}).default({}),
      }),
    )
    .default([]),
  tmpfs: z.array(z.string()).default([]),
  networks: z.record(z.string(), z.strictObject({ aliases: z.array(z.string()).default([]) }).nullable()),
  // read, and without effect on a replica: the fleet starts them when what they need is there, and as many as the card says
  depends_on: z.unknown().optional(),
  deploy: z.unknown().optional(),
  pull_policy: z.unknown().optional(),
});
export type ComposeService = z.output<typeof composeServiceSchema>;

export const composeConfigSchema = z.object({
  services: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.object({ name: z.string() })),
  volumes: z.record(z.string(), z.object({ name: z.string() })),
});
export type ComposeConfig = z.output<typeof composeConfigSchema>;
