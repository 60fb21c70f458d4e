import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { STATE_DIR } from '../host/paths.ts';
import { mapTrace, serviceOf } from '../trace/map-trace.ts';
import { ShippedBundle } from '../trace/shipped-bundle.ts';

export function register(program: Command): void {
  program
    .command('trace')
    .description('lead the places of a stack trace of a shipped bundle back to the source')
    .argument('[file]', 'log or stack trace; - or nothing: standard input', '-')
    .option('--service <name>', 'whose bundle; without it: the service that the log lines name')
    .addHelpText(
      'after',
      '\nExample:\n  docker compose logs --no-log-prefix catalog | npm run --silent trace\n\nThe map is of the last build here.',
    )
    .action(async (file: string, { service }: { service?: string }) => trace(file, service));
}

async function trace(file: string, named: string | undefined): Promise<void> {
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
  const bundle = new ShippedBundle(join(STATE_DIR, 'services'), service);
  const { text: mapped, mapped: count, unmapped } = mapTrace(text, bundle);
  process.stdout.write(mapped.endsWith('\n') ? mapped : `${mapped}\n`);
  process.stderr.write(
    `${count} places mapped, ${unmapped} not; bundle of ${service}, sha256 ${bundle.sha256.slice(0, 12)} (the map is of the last build here)\n`,
  );
}

async function read(file: string): Promise<string> {
  if (existsSync(file)) return readFile(file, 'utf8');
  throw new UserError({ code: 'USAGE', message: `There is no file ${file}`, remedy: 'name a file, or - for standard input' });
}
