import { Argument, type Command } from 'commander';
import { findEngine } from '../host/engine/engine.ts';
import { isInterrupt } from '../host/interrupt.ts';
import { REPOSITORY, statePath } from '../host/paths.ts';
import { listContainers } from '../host/platform-objects.ts';
import { withRunLock } from '../host/run-lock.ts';
import { allEnded } from '../host/settled.ts';
import { mainInstance } from '../instance.ts';
import { findDeadTests } from '../remove/find-copies.ts';
import { removeCopy } from '../remove/remove-objects.ts';
import { runChecks } from '../quality/checks.ts';
import { runAsUser, runDrills } from '../quality/commands.ts';
import { runExtent, type Extent, type Parts } from '../quality/extent.ts';
import { runJest } from '../quality/jest.ts';
import { failed, PASSED, showResult, type Tally } from '../quality/tally.ts';
import { watchTests } from '../quality/watch-tests.ts';
import { buildHardenedImages } from '../start/hardened-images.ts';
import { planHost } from '../start/prepare-host.ts';
import { createProgress, type Progress } from '../ui/progress.ts';
import { reportError } from '../ui/report.ts';

export function register(program: Command): void {
  const command = program
    .command('test')
    .description('set up what is needed, then test')
    .addArgument(new Argument('[extent]', 'how much').choices(['core', 'quick', 'all']).default('core'))
    .addHelpText('after', EXTENTS)
    .action((extent: Extent) => withRunLock('npm test', () => test(extent), statePath('test.lock')));
  command
    .command('watch')
    .description('unit tests of a workspace, again after each change (npm run test:watch catalog)')
    .argument('[workspace]', 'a folder of apps/ or packages/; without it: all')
    .argument('[text]', 'only files whose path contains it')
    .addHelpText(
      'after',
      '\nIn a terminal: what has to do with your changes; a runs all. Without a terminal: all, at first and after each change.',
    )
    .action(async (workspace: string | undefined, text: string | undefined) => {
      process.exitCode = await watchTests(workspace, text);
    });
}

const EXTENTS = `
  core   checks, unit, integration and smoke tests, the core drills (npm test)
  quick  checks and unit tests: no container, no network, one to three minutes (npm run test:quick)
  all    core, the tests and drills that take long, and each drill once more with its control gone (npm run test:all)

The last line is always: N passed, N failed, N skipped. What cannot run has failed.`;

async function test(extent: Extent): Promise<void> {
  const progress = createProgress();
  process.exitCode = showResult(await runExtent(extent, realParts(progress)));
}

function realParts(progress: Progress): Parts {
  return {
    checks: () => runChecks(progress),
    tests: (kind, title) => runJest(kind, title, progress),
    prepare: () => prepareContainers(progress),
    isRunning,
    start: () => runAsUser('start'),
    stop: () => runAsUser('stop'),
    drills: (title, words) => runDrills(title, words, progress),
  };
}

/** An engine, and the images of the working tree: made once, before several files of tests would make them at the same time. */
async function prepareContainers(progress: Progress): Promise<Tally> {
  await removeDeadTests(progress);
  try {
    const { prepare } = await planHost(mainInstance(REPOSITORY), progress);
    // the build needs no engine
    await allEnded([prepare(), buildHardenedImages({ sourceDir: REPOSITORY, stateDir: statePath() }, progress)]);
    return PASSED;
  } catch (error) {
    if (isInterrupt(error)) throw error;
    reportError(error);
    return failed('containers: what they need could not be prepared');
  }
}

/** A killed run could not clean up, and networks that it left may be in the way. */
async function removeDeadTests(progress: Progress): Promise<void> {
  const { engine } = await findEngine();
  if (!engine) return;
  const dead = await findDeadTests(engine);
  for (const project of dead) await removeCopy(engine, project);
  if (dead.length > 0) progress.line(`✓ removed what killed tests had left: ${dead.join(', ')}`);
}

async function isRunning(): Promise<boolean> {
  const { engine } = await findEngine();
  const containers = engine ? await listContainers(engine, mainInstance(REPOSITORY).project) : [];
  return containers.some(({ service, state }) => service !== undefined && state === 'running');
}
