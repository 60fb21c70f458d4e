import { writeFileSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { bench, throughput, type BenchOptions } from '../bench/bench.ts';
import { figureJson, figureTable, type Figure } from '../bench/figures.ts';
import { describeMachine, isQuiet, type Machine } from '../bench/machine.ts';
import { runCommand } from '../host/command.ts';
import { REPOSITORY } from '../host/paths.ts';
import { withRunLock } from '../host/run-lock.ts';
import { mainInstance } from '../instance.ts';
import { prepareHost } from '../start/prepare-host.ts';
import { size } from '../ui/duration.ts';
import { createProgress } from '../ui/progress.ts';

interface Options extends BenchOptions {
  readonly throughput?: boolean;
  readonly json?: boolean;
  readonly out?: string;
}

const MOST_RUNS = 20;

export function register(program: Command): void {
  program
    .command('bench')
    .description('measure what the README promises, on this machine, side by side in one run')
    .option('--runs <n>', 'how often starts and changes are done; what is quick is done more often', runsOf, 3)
    .option('--cold', 'measure a start with nothing but the engine too (no packages, downloads, built images)', false)
    .option('--tests', 'measure npm test too', false)
    .option('--throughput', 'measure only what a secured service keeps of a bare one; no platform is started', false)
    .option('--json', 'one object: machine, commit, and each figure with all its values')
    .option('--out <file>', 'write that object to a file; nothing is written without this')
    .addHelpText('after', HELP)
    .action(async (options: Options) => withRunLock('npm run bench', async () => run(options)));
}

const HELP = `
It clones HEAD to .seaworthy/copies/bench and starts a platform of its own there (ports + 10200, other subnets and keys). Your branch,
your working tree and your running platform have no part in it. All of it is removed at the end, also after Ctrl-C; what a killed one
left goes with the next npm run bench, with npm stop, or with npm run clean. It takes about 5 minutes and 3 GB of memory.

Figures are medians with their extremes. Targets are for a quiet machine with 2 cores, and only printed: no test asserts a time.`;

async function run({ json, out, throughput: only, ...options }: Options): Promise<void> {
  const progress = createProgress();
  const { engine } = await prepareHost(mainInstance(REPOSITORY), progress);
  const machine = describeMachine(engine);
  if (!isQuiet(machine))
    progress.warn(`load average ${machine.loadBefore.toFixed(1)} on ${machine.cores} cores: other work is measured too`);
  const commit = (await runCommand('git', ['-C', REPOSITORY, 'rev-parse', 'HEAD'])).stdout.trim();
  const figures = only
    ? await progress.stage('Loading a bare and a secured service, in turns', async () => throughput(REPOSITORY, options.runs * 2))
    : await bench(mainInstance(REPOSITORY), engine, options, progress);
  const report = JSON.stringify({ commit, measuredAt: new Date().toISOString(), machine, figures: figureJson(figures) }, undefined, 2);
  if (out !== undefined) writeFileSync(out, `${report}\n`);
  console.log(json ? report : text(commit, machine, figures));
}

function text(commit: string, machine: Machine, figures: readonly Figure[]): string {
  const { cores, processor, memoryBytes, kernel, node, engine, loadBefore } = machine;
  return [
    `Commit ${commit.slice(0, 12)} on ${cores} cores (${processor}), ${size(memoryBytes)}, Linux ${kernel}, Node ${node}, engine ${engine}`,
    `Load average before: ${loadBefore.toFixed(1)}`,
    '',
    figureTable(figures),
  ].join('\n');
}

function runsOf(value: string): number {
  const runs = Number(value);
  if (Number.isInteger(runs) && runs >= 1 && runs <= MOST_RUNS) return runs;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST_RUNS}`);
}
