import { TIERS } from '@seaworthy/contracts';
import { z } from 'zod';

export const ARCHITECTURES = ['amd64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

const imageName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be lower-case words joined by hyphens');
const debianName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be the name of a Debian package');
const absolutePath = z
  .string()
  .regex(/^\/\S+$/, 'must be an absolute path')
  .refine((path) => !path.split('/').includes('..'), { message: 'must not contain ".."' });
const glob = z.string().regex(/^\/\S+$/, 'must be an absolute path, where * stays in a folder and ** goes on below');
const mode = z.string().regex(/^[01]?[0-7]{3}$/, 'must be octal, as "0755"; setuid and setgid are never given');
const owner = z.string().regex(/^\d+:\d+$/, 'must be "uid:gid" in numbers');
const reason = z.string().min(10, 'must say why');

const file = z
  .strictObject({
    path: absolutePath,
    content: z.string().optional(),
    from: z.string().optional(),
    link: z.string().optional(),
    mode: mode.default('0644'),
    owner: owner.default('0:0'),
  })
  .refine((given) => [given.content, given.from, given.link].filter((one) => one !== undefined).length === 1, {
    message: 'must have exactly one of content, from, link',
  });

const npmPackage = z.strictObject({
  /** One name, or one for each architecture where the registry has one package for each. */
  package: z.union([z.string(), z.strictObject({ amd64: z.string(), arm64: z.string() })]),
  /** What is taken from the package ('.' for all of it), and where it is put. */
  take: z.record(z.string(), absolutePath),
});

/** `infra/images/<name>/image.yaml`. */
export const imageSchema = z.strictObject({
  name: imageName,
  description: z.string().min(10),
  tier: z.enum(TIERS),
  parent: imageName.optional(),
  packages: z.array(debianName).default([]),
  /** Dependencies that the image does without, each with its reason. Inherited by children. */
  exclude: z.record(debianName, reason).default({}),
  /** What is not taken from packages. Inherited by children, as is `keep`, which is stronger. */
  drop: z.array(glob).default([]),
  keep: z.array(glob).default([]),
  /** Write /etc/ssl/certs/ca-certificates.crt from the ca-certificates package, whose own files then go. */
  caBundle: z.boolean().default(false),
  npm: z.array(npmPackage).default([]),
  /** Lines of /etc/passwd and /etc/group; children inherit. */
  users: z
    .array(
      z.strictObject({
        name: z.string(),
        uid: z.int(),
        gid: z.int(),
        home: absolutePath.or(z.literal('/')),
        comment: z.string().default(''),
      }),
    )
    .default([]),
  directories: z.array(z.strictObject({ path: absolutePath, mode: mode.default('0755'), owner: owner.default('0:0') })).default([]),
  files: z.array(file).default([]),
  env: z.record(z.string(), z.string()).default({}),
  entrypoint: z.array(z.string()).optional(),
  cmd: z.array(z.string()).optional(),
  workdir: absolutePath.or(z.literal('/')).optional(),
  user: owner.optional(),
  ports: z.array(z.int()).default([]),
  labels: z.record(z.string(), z.string()).default({}),
});
export type ImageYaml = z.infer<typeof imageSchema>;
