import { join } from 'node:path';
import { scaleSchema, TIERS } from '@seaworthy/contracts';
import { z } from 'zod';
import { readDeclaration } from './declaration.ts';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and hyphens, a letter first');
const insideRepository = z
  .string()
  .refine(isPlain, "expected a path inside the repository, relative to its root, without '.', '..' and a slash at the end");
/** What is built is the app's own; other workspaces come in as packages that its package.json names. */
const entryPoint = z.string().refine(isPlain, "expected a file of the app, relative to its folder, without '.' and '..'");
const insideApp = z
  .string()
  .refine((path) => path.startsWith('/app/') && path.length > '/app/'.length && !climbs(path), 'expected a path below /app');

const port = z.int().min(1).max(65535);

/** What a service says about itself: `apps/<name>/service.yaml`. */
export const serviceCardSchema = z.strictObject({
  name,
  tier: z.enum(TIERS),
  /** a key of infra/policies/owners.yaml */
  owner: name,
  description: z.string().min(1).max(200),
  /** base image by its name in infra/images */
  parent: name,
  /** TCP ports that it listens on, with or without a name for each */
  ports: z
    .union([z.array(port), z.record(name, port)])
    .default([])
    .transform((ports) => Object.values(ports)),
  /** networks of compose.yaml that it joins */
  networks: z.array(name).default([]),
  /** entry point, relative to the app */
  entry: entryPoint.default('src/main.ts'),
  /** one-shot uses of the same image: arguments by name */
  commands: z.record(name, z.array(z.string()).min(1)).default({}),
  /** stores by what they are for: `database: postgres` */
  needs: z.record(name, name).default({}),
  /** files that it expects below MOUNTS.secrets */
  secrets: z.array(z.string().min(1)).default([]),
  /** how many replicas the fleet keeps; without it, compose alone runs the service */
  scale: scaleSchema.optional(),
  health: z
    .strictObject({ live: z.string().startsWith('/'), ready: z.string().startsWith('/') })
    .default({ live: '/health/live', ready: '/health/ready' }),
  /** further entry points, each bundled into a file of its own: programs that the service hands on and does not load */
  programs: z.array(z.strictObject({ entry: entryPoint, to: insideApp, external: z.array(z.string()).default([]) })).default([]),
  /** files or folders that are shipped beside the bundle */
  extraFiles: z.array(z.strictObject({ from: insideRepository, to: insideApp })).default([]),
});
export type ServiceCard = z.output<typeof serviceCardSchema>;

/** @throws PolicyError that names file, path and what was expected */
export async function loadServiceCard(appDir: string): Promise<ServiceCard> {
  return readDeclaration(join(appDir, 'service.yaml'), serviceCardSchema);
}

function climbs(path: string): boolean {
  return path.split('/').includes('..');
}

/** One way to write each path: it is compared with those of a commit's files. */
function isPlain(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
