import type { Command } from 'commander';
import { listServices, readEvents } from '../platform/fleet.ts';
import type { FleetEvent, FleetService } from '../platform/fleet.ts';
import { followEvents } from '../platform/follow-events.ts';
import { connectPlatform } from '../start/connect.ts';
import { section, table } from '../ui/table.ts';

interface Options {
  readonly json?: boolean;
  readonly follow?: boolean;
}

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
  const services = await listServices(access);
  if (json) console.log(JSON.stringify({ services }));
  else if (services.length === 0) console.log('The fleet keeps no service.');
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
  if (follow === true) {
    await followEvents({
      read: async (after) => readEvents(access, after),
      onEvents: (found) => tell(found, json),
      onSilence: ({ message, found }) => process.stderr.write(`${message} (${found}): waiting for it\n`),
    });
  }
  tell(await readEvents(access), json);
  await access.close();
}

function tell(found: readonly FleetEvent[], json = false): void {
  if (json) for (const event of found) console.log(JSON.stringify(event));
  else if (found.length > 0) console.log(table(found.map(row)));
}

function row({ time, service, kind, replica, code, detail }: FleetEvent): string[] {
  return [time.slice(11, 23), replica ?? service, kind, code ?? '', detail];
}
