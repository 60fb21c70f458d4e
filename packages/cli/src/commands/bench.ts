import { writeFileSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { bench, throughput, type BenchOptions } from '../bench/bench.ts';
import { resilience } from '../bench/resilience/resilience.ts';
import { figureJson, figureTable, type Figure } from '../bench/figures.ts';
import { describeMachine, isQuiet, type Machine } from '../bench/machine.ts';
import { runCommand } from '../host/command.ts';
import { REPOSITORY } from '../host/paths.ts';
import { isInterrupt } from '../host/interrupt.ts';
import { withRunLock } from '../host/run-lock.ts';
import { unwritable, userPath } from '../host/user-file.ts';
import { mainInstance } from '../instance.ts';
import { prepareHost } from '../start/prepare-host.ts';
import { size } from '../ui/duration.ts';
import { createProgress } from '../ui/progress.ts';
import type { Progress } from '../ui/progress.ts';
import type { Engine } from '../host/engine/engine.ts';

interface Options extends BenchOptions {
  readonly throughput?: boolean;
  readonly resilience?: boolean;
  readonly requests: number;
  readonly json?: boolean;
  readonly out?: string;
}

const MOST_RUNS = 20;
const MOST_REQUESTS = 1_000_000;

export function register(program: Command): void {
  program
    .command('bench')
    .description('measure what the README promises, on this machine, side by side in one run')
    .option(
      '--runs <n>',
      'how often starts and changes are done; what is quick is done more often',
      (value: string) => wholeNumber(value, MOST_RUNS),
      3,
    )
    .option('--cold', 'measure a start with nothing but the engine too (no packages, downloads, built images)', false)
    .option('--tests', 'measure npm test and npm run test:quick too', false)
    .option('--throughput', 'measure only what a secured service keeps of a bare one; no platform is started', false)
    .option(
      '--resilience',
      'measure only what customers notice when replicas die, freeze or are replaced, on the platform that runs',
      false,
    )
    .option(
      '--requests <n>',
      'of --resilience: how many are sent across rolling replacements',
      (value: string) => wholeNumber(value, MOST_REQUESTS),
      200_000,
    )
    .option('--json', 'one object: machine, commit, and each figure with all its values')
    .option('--out <file>', 'write that object to a file; nothing is written without this', outFile)
    .addHelpText('after', HELP)
    .action(async (options: Options) => withRunLock('npm run bench', async () => run(options)));
}

const HELP = `
It clones HEAD to .seaworthy/copies/bench and starts a platform of its own there (ports + 10200, other subnets and keys). Your branch,
your working tree and your running platform have no part in it. All of it is removed at the end, also after Ctrl-C; what a killed one
left goes with the next npm run bench, with npm stop, or with npm run clean. It takes about 15 minutes and 3 GB of memory.

--resilience is the exception: like the drills it attacks the platform that runs (npm start), kills each of its replicas twice and has them
replaced by another version and back, again and again, until enough requests were sent (30 minutes at most); it takes back the orders that nobody paid for.

Figures are medians with their extremes. Targets are for a quiet machine with 2 cores, and only printed: no test asserts a time.`;

async function run({ json, out, ...options }: Options): Promise<void> {
  const progress = createProgress();
  const { engine } = await prepareHost(mainInstance(REPOSITORY), progress);
  const machine = describeMachine(engine);
  if (!isQuiet(machine))
    progress.warn(`load average ${machine.loadBefore.toFixed(1)} on ${machine.cores} cores: other work is measured too`);
  const commit = (await runCommand('git', ['-C', REPOSITORY, 'rev-parse', 'HEAD'])).stdout.trim();
  const figures = await measured(options, engine, progress);
  const report = JSON.stringify({ commit, measuredAt: new Date().toISOString(), machine, figures: figureJson(figures) }, undefined, 2);
  console.log(json ? report : text(commit, machine, figures));
  if (out !== undefined) writeFileSync(out, `${report}\n`);
}

async function measured(options: Options, engine: Engine, progress: Progress): Promise<Figure[]> {
  if (options.resilience) return resilience(options.requests, progress);
  if (!options.throughput) return everything(options, engine, progress);
  return progress.stage('Loading a bare and a secured service, in turns', async () => throughput(REPOSITORY, options.runs * 2));
}

/** Where a part of it fails, what was measured before is not lost. */
async function everything(options: BenchOptions, engine: Engine, progress: Progress): Promise<Figure[]> {
  const figures: Figure[] = [];
  try {
    await bench(mainInstance(REPOSITORY), engine, options, progress, figures);
    return figures;
  } catch (error) {
    if (figures.length > 0 && !isInterrupt(error)) progress.line(`\nMeasured before what follows:\n${figureTable(figures)}`);
    throw error;
  }
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

/** Whether it can be written is known before anything is measured. */
function outFile(file: string): string {
  const path = userPath(file);
  const reason = unwritable(path);
  if (reason === undefined) return path;
  throw new InvalidArgumentError(`expected a file that can be written; ${reason}`);
}

function wholeNumber(value: string, most: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${most}`);
}
