import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { RELEASE_TAG } from '@seaworthy/contracts';
import { loadTrust } from '@seaworthy/supply-chain';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { STATE_DIR } from '../host/paths.ts';
import { userPath } from '../host/user-file.ts';
import { connectPlatform } from '../start/connect.ts';
import { builtMaps } from '../trace/built-maps.ts';
import { mapTrace, serviceOf } from '../trace/map-trace.ts';
import { releasedMaps } from '../trace/released-maps.ts';
import { ShippedBundle, type SourceMaps } from '../trace/shipped-bundle.ts';

export function register(program: Command): void {
  program
    .command('trace')
    .description('lead the places of a stack trace of a shipped bundle back to the source')
    .argument('[file]', 'log or stack trace; - or nothing: standard input', '-')
    .option('--service <name>', 'whose bundle; without it: the service that the log lines name')
    .option(
      '--release [reference]',
      'by the source maps of a release: a commit (its beginning is enough), or sha256:<digest>; without a reference: the last one',
    )
    .addHelpText(
      'after',
      `
Examples:
  docker compose logs --no-log-prefix catalog | npm run --silent trace
  npm run trace -- catalog.log --release
  npm run trace -- catalog.log --release=<commit>

The maps are those of the last build here; with --release those of a release, which is verified first.`,
    )
    .action(async (file: string, options: TraceOptions) => trace(file, options));
}

interface TraceOptions {
  readonly service?: string;
  /** true: the last one */
  readonly release?: string | true;
}

async function trace(file: string, { service: named, release }: TraceOptions): Promise<void> {
  const text = file === '-' ? await readAll(process.stdin) : await read(file);
  const service = named ?? serviceOf(text);
  if (service === undefined) {
    throw new UserError({
      code: 'USAGE',
      message: 'Whose stack trace is it?',
      expected: 'log lines of one service, or --service',
      found: text.trim() === '' ? 'an empty text' : 'a text that does not say',
      remedy: 'npm run trace -- --service catalog FILE',
    });
  }
  const maps = release === undefined ? builtMaps(join(STATE_DIR, 'services'), service) : await ofRelease(service, release);
  const { text: mapped, mapped: count, unmapped } = mapTrace(text, new ShippedBundle(maps));
  process.stdout.write(mapped.endsWith('\n') ? mapped : `${mapped}\n`);
  process.stderr.write(`${count} places mapped, ${unmapped} not; ${maps.about}\n`);
}

async function ofRelease(service: string, reference: string | true): Promise<SourceMaps> {
  const { instance, access } = await connectPlatform();
  const trust = await loadTrust(join(instance.stateDir, 'trust', 'trust.json'));
  const registry = access.registry(access.workload('deploy'));
  return releasedMaps({ registry, trust }, service, reference === true ? RELEASE_TAG : reference);
}

async function read(file: string): Promise<string> {
  const path = userPath(file);
  const isThere = existsSync(path);
  if (isThere && !statSync(path).isDirectory()) return readFile(path, 'utf8');
  const message = isThere ? `${path} is a folder` : `There is no file ${path}`;
  throw new UserError({ code: 'USAGE', message, remedy: 'name a file, or - for standard input' });
}
