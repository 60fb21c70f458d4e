import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { z } from 'zod';

const address = z
  .url({ protocol: /^https?$/ })
  .refine((url) => new URL(url).username === '' && new URL(url).password === '', 'must not hold credentials: no token ever reaches a job');

/** `pipeline.json`, which the operator writes into the configuration volume: what differs from machine to machine. */
const Settings = z.strictObject({
  /** image id of the toolbox that every job runs in */
  toolboxImage: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** name of the network that holds the egress proxy and nothing else */
  egressNetwork: z.string().min(1),
  egressProxy: address,
  npmRegistry: address,
  /** base addresses of the Debian archives: main and security */
  debianMirror: address,
  securityMirror: address,
});

/** `exercise.json`, in a file of its own: an older control plane reads the other one strictly. */
const Exercise = z.strictObject({
  /** ids of the base images that services are built on and of the stores that they need, by name */
  images: z.record(z.string(), z.string().regex(/^sha256:[0-9a-f]{64}$/)),
});

export interface PipelineSettings extends z.infer<typeof Settings> {
  /** images that the engine has, by name: candidates are exercised on them, with the stores among them */
  readonly exerciseImages: Readonly<Record<string, string>>;
  /** where the networks of exercises lie: 10.213.6.0/24 */
  readonly jobsSubnets: string;
  /** certificate authorities of the user's own network, PEM; fetching jobs trust them besides the public ones */
  readonly extraCa: string | undefined;
  /** Debian's archive keys */
  readonly keyring: Buffer | undefined;
}

/** Reads `pipeline.json`, and `ca.pem` and `debian-archive-keyring.gpg` where they are. @throws Error that names file and field. */
export function readSettings(directory: string, jobsSubnets: string): PipelineSettings {
  const file = join(directory, 'pipeline.json');
  const result = Settings.safeParse(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`${file}: ${issue?.path.join('.') || 'file'}: ${issue?.message ?? 'expected the settings of the pipeline'}`);
  }
  const exercise = read(directory, 'exercise.json');
  return {
    ...result.data,
    jobsSubnets,
    exerciseImages: exercise ? Exercise.parse(JSON.parse(exercise.toString('utf8'))).images : {},
    extraCa: read(directory, 'ca.pem')?.toString('utf8'),
    keyring: read(directory, 'debian-archive-keyring.gpg'),
  };
}

/** The job programs that ship with the pipeline, and what they look for: file name → content. */
export function readPrograms(directory: string): ReadonlyMap<string, Buffer> {
  const files = readdirSync(directory).filter((name) => /\.(?:js|toml)$/.test(name));
  return new Map(files.map((name) => [name, readFileSync(join(directory, name))]));
}

/** The policies that ship with the pipeline, rules in folders included: path → content. */
export function readPolicies(directory: string): ReadonlyMap<string, Buffer> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => relative(directory, join(parentPath, name)));
  return new Map(paths.toSorted().map((path) => [path, readFileSync(join(directory, path))]));
}

function read(directory: string, name: string): Buffer | undefined {
  const file = join(directory, name);
  return existsSync(file) ? readFileSync(file) : undefined;
}
