import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { checkImages, exportDockerArchive, listImages, updateImages } from '@seaworthy/images';
import type { LockChange } from '@seaworthy/images';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { REPOSITORY, statePath } from '../host/paths.ts';
import { buildHardenedImages } from '../start/hardened-images.ts';
import { createProgress } from '../ui/progress.ts';
import { table } from '../ui/table.ts';

const DECLARATIONS = join(REPOSITORY, 'infra', 'images');

interface Options {
  readonly json?: boolean;
}

/** `images update` and `images check` are twins: the same code writes the locks, or fails where they differ from the signed archive. */
export function register(program: Command): void {
  const images = program.command('images').description('the hardened images: their locks, and their build from them');
  const verb = (name: string, description: string, action: (names: string[], options: Options) => Promise<void>): void => {
    images
      .command(name)
      .description(description)
      .argument('[names...]', 'images; without any: all of them')
      .option('--json', 'one object a line')
      .action(action);
  };
  verb('list', 'the images that are declared', list);
  verb('update', 'rewrite the locks from the signed archive: this is how fixes come in', async (names, options) =>
    locks('Updating the locks', updateImages, names, options),
  );
  verb('check', 'fail where a lock differs from the signed archive', async (names, options) =>
    locks('Comparing the locks with the archive', checkImages, names, options),
  );
  verb('build', 'build the images into .seaworthy/images from lock and cache, and hold each against its contract', build);
  images
    .command('export')
    .description('build an image, and write it to standard output as docker load takes it, by the name seaworthy-dev/<image>:latest')
    .argument('<image>', 'such as node')
    .addHelpText('after', '\nExample:\n  npm run --silent images export node | docker load')
    .action(exportImage);
}

async function list(names: string[], options: Options): Promise<void> {
  await refuseUnknown(names);
  const declared = await listImages(DECLARATIONS);
  show(
    declared.filter((name) => names.length === 0 || names.includes(name)).map((name) => ({ name })),
    options,
  );
}

async function locks(title: string, work: typeof updateImages, names: string[], options: Options): Promise<void> {
  await refuseUnknown(names);
  const changes = await createProgress().stage(title, async (stage) =>
    work({ imagesDir: DECLARATIONS, cacheDir: statePath('cache'), names, onImage: ({ name }: LockChange) => stage.update(name) }),
  );
  show(
    changes.map(({ name, changes: lines }) => ({ name, changes: lines.join('; ') || 'none' })),
    options,
  );
}

async function build(names: string[], options: Options): Promise<void> {
  await refuseUnknown(names);
  const built = await buildHardenedImages({ sourceDir: REPOSITORY, stateDir: statePath(), names }, createProgress());
  show(
    built.map(({ name, manifestDigest, packages, lockSource }) => ({
      name,
      digest: manifestDigest,
      packages: String(packages.length),
      lock: lockSource,
    })),
    options,
  );
}

async function exportImage(name: string): Promise<void> {
  await refuseUnknown([name]);
  if (process.stdout.isTTY) {
    throw new UserError({
      code: 'USAGE',
      message: 'An image is nothing to read',
      expected: 'standard output to be a pipe or a file',
      found: 'a terminal',
      remedy: `npm run --silent images export ${name} | docker load`,
    });
  }
  const progress = createProgress();
  await buildHardenedImages({ sourceDir: REPOSITORY, stateDir: statePath(), names: [name] }, progress);
  const tag = `seaworthy-dev/${name}:latest`;
  const { archive, imageId } = await exportDockerArchive(statePath('images', name), [tag]);
  await pipeline(archive, process.stdout).catch((cause: unknown) => {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EPIPE')) throw cause;
    throw new UserError({
      code: 'FAILED',
      message: 'The image was not read to its end',
      expected: `${imageId}, all of it, to be read`,
      found: 'that the reader has ended',
      remedy: 'see what it says itself; docker load needs an engine that runs (npm run doctor)',
      cause,
    });
  });
  progress.line(`  ${tag} ${imageId}`);
}

async function refuseUnknown(names: readonly string[]): Promise<void> {
  const known = await listImages(DECLARATIONS);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new UserError({
    code: 'USAGE',
    message: 'There is no such image',
    expected: known.join(', '),
    found: unknown.join(', '),
    remedy: 'npm run images list',
  });
}

function show(rows: readonly Readonly<Record<string, string>>[], { json }: Options): void {
  if (json) for (const row of rows) console.log(JSON.stringify(row));
  else console.log(table([Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))]));
}
