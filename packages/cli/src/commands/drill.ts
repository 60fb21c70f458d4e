import { drillFolder, drillIds, loadDrill, runDrill } from '@seaworthy/drills';
import type { Drill, DrillResult } from '@seaworthy/drills';
import type { Command } from 'commander';
import { drillPlatform } from '../drill/drill-platform.ts';
import { withThrowAwayCopy } from '../drill/throw-away-copy.ts';
import { EXIT, UserError } from '../errors.ts';
import { withRunLock } from '../host/run-lock.ts';
import { connectPlatform } from '../start/connect.ts';
import { duration } from '../ui/duration.ts';
import { createProgress } from '../ui/progress.ts';
import type { Progress } from '../ui/progress.ts';
import { table } from '../ui/table.ts';

interface Options {
  readonly json?: boolean;
  readonly core?: boolean;
}

export function register(program: Command): void {
  const drill = program
    .command('drill')
    .description('attack the running platform: every attack must be refused for its own reason')
    .argument('[ids...]', 'drills to run; without any: all of them')
    .option('--json', 'one object a line: id, practice, outcome, reason')
    .option('--core', 'without those that take long')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run drill list\n  npm run drill unsigned-image\n  npm run drill prove unsigned-image\n  npm run drill -- --json',
    )
    .action(async (ids: string[], options: Options) => run(await chosen(ids, options), options, 'present'));
  drill.command('list').description('what can be tried').option('--json', 'one object a line').action(list);
  drill
    .command('prove')
    .description('the same attack on a throw-away copy whose control is gone: it must succeed')
    .argument('[ids...]', 'drills to prove; without any: all of them')
    .option('--json', 'one object a line')
    .action(async (ids: string[], _options: Options, command: Command) =>
      run(await chosen(ids, command.optsWithGlobals()), command.optsWithGlobals(), 'removed'),
    );
}

async function chosen(ids: readonly string[], { core }: Options): Promise<readonly string[]> {
  if (ids.length > 0) return ids;
  const drills = await Promise.all(drillIds().map(async (id) => ({ id, drill: await loadDrill(id) })));
  return drills.filter(({ drill }) => core !== true || drill.slow !== true).map(({ id }) => id);
}

async function list(_options: Options, command: Command): Promise<void> {
  const drills = await Promise.all(drillIds().map(async (id) => ({ id, drill: await loadDrill(id) })));
  if (command.optsWithGlobals<Options>().json) {
    for (const { id, drill } of drills)
      console.log(JSON.stringify({ id, practice: drill.practices, title: drill.title, control: drill.control, refusals: drill.refusals }));
    return;
  }
  console.log(table([['id', 'practices', 'attack'], ...drills.map(({ id, drill }) => [id, drill.practices.join(' '), drill.title])]));
}

async function run(ids: readonly string[], { json }: Options, control: DrillResult['control']): Promise<void> {
  for (const id of ids) refuseUnknown(id);
  await withRunLock(`npm run drill ${ids.join(' ')}`, async () => {
    const progress = createProgress();
    const results: DrillResult[] = [];
    for (const id of ids) {
      const result = await runOne(id, control, progress);
      results.push(result);
      if (json) console.log(JSON.stringify(result));
      else tell(result, progress);
    }
    if (results.some(({ passed }) => !passed)) process.exitCode = EXIT.failed;
  });
}

async function runOne(id: string, control: DrillResult['control'], progress: Progress): Promise<DrillResult> {
  const drill = await loadDrill(id);
  const platform = await connectPlatform();
  const change = drill.withoutControl;
  const title = control === 'present' ? drill.title : `${drill.title}, on ${change.summary}`;
  return progress.stage(title, async (stage) => {
    const result =
      control === 'present'
        ? await attempt(id, drill, drillPlatform(platform), control)
        : await withThrowAwayCopy({ host: platform.host, state: platform.state, change, drillFolder: drillFolder(id) }, async (copy) =>
            attempt(id, drill, drillPlatform(copy, change.admission), control),
          );
    stage.update(`${result.outcome}${result.code === undefined ? '' : `: ${result.code}`}`);
    return result;
  });
}

async function attempt(
  id: string,
  drill: Drill,
  platform: ReturnType<typeof drillPlatform>,
  control: DrillResult['control'],
): Promise<DrillResult> {
  try {
    return await runDrill(id, drill, platform, control);
  } finally {
    await platform.close();
  }
}

function tell(result: DrillResult, progress: Progress): void {
  const facts = Object.entries(result.facts ?? {}).map(([name, value]) => `${name}: ${value}`);
  progress.line(`  ${result.passed ? 'as it must be' : 'NOT as it must be'} · ${duration(result.durationMs)} · ${result.reason}`);
  for (const fact of facts) progress.line(`  ${fact}`);
}

function refuseUnknown(id: string): void {
  if (drillIds().includes(id)) return;
  throw new UserError({
    code: 'USAGE',
    message: 'There is no such drill',
    expected: drillIds().join(', '),
    found: id,
    remedy: 'npm run drill list',
  });
}
