import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { readEvents, readServices } from '../platform/fleet.ts';
import type { FleetEvent, FleetService } from '../platform/fleet.ts';
import { connectPlatform } from '../start/connect.ts';
import { section, table } from '../ui/table.ts';

interface Options {
  readonly json?: boolean;
  readonly follow?: boolean;
}

const POLL_MS = 500;

export function register(program: Command): void {
  const fleet = program
    .command('fleet')
    .description('services that run in replicas: how many the load wants, how many serve, and what becomes of a deploy')
    .option('--json', 'one object')
    .addHelpText('after', '\nExamples:\n  npm run fleet\n  npm run fleet events\n  npm run fleet -- events --follow')
    .action(status);
  fleet
    .command('events')
    .description('what the fleet did, and why')
    .option('--json', 'one object a line')
    .option('--follow', 'go on until Ctrl+C')
    .action(async (_options: Options, command: Command) => events(command.optsWithGlobals()));
}

async function status({ json }: Options): Promise<void> {
  const { access } = await connectPlatform();
  const services = await readServices(access);
  if (json) console.log(JSON.stringify({ services }));
  else if (services.length === 0) console.log('The fleet does not answer. npm run status tells whether it runs.');
  else console.log(services.map(describe).join('\n\n'));
  await access.close();
}

function describe({ service, revision, progress, wanted, serving, concurrency, holding, replicas }: FleetService): string {
  const reason = progress.reason ?? holding;
  return section(service, [
    ['revision', revision, `${progress.state}${reason === undefined ? '' : `: ${reason}`}`],
    [
      'replicas',
      `${serving} serve, ${wanted} wanted`,
      concurrency === undefined ? 'the edge does not answer' : `${concurrency} requests in hand`,
    ],
    ...replicas.map(({ name, state, revision: own, since }) => [name, state, `revision ${own}, since ${since}`]),
  ]);
}

async function events({ json, follow }: Options): Promise<void> {
  const { access } = await connectPlatform();
  let last = tell(await readEvents(access), json) ?? 0;
  if (follow !== true) return access.close();
  for (;;) {
    await sleep(POLL_MS);
    last = tell(await readEvents(access, last), json) ?? last;
  }
}

/** Returns the number of the last one. */
function tell(found: readonly FleetEvent[], json = false): number | undefined {
  if (json) for (const event of found) console.log(JSON.stringify(event));
  else if (found.length > 0) console.log(table(found.map(row)));
  return found.at(-1)?.id;
}

function row({ time, service, kind, replica, code, detail }: FleetEvent): string[] {
  return [time.slice(11, 23), replica ?? service, kind, code ?? '', detail];
}
