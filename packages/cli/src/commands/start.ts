import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { assertNoErrors } from '../host/findings/finding.ts';
import { examineHost } from '../host/examine.ts';
import { runCommand } from '../host/command.ts';
import { REPOSITORY } from '../host/paths.ts';
import { withRunLock } from '../host/run-lock.ts';
import { showAttack } from '../start/show-attack.ts';
import { startPlatform } from '../start/start-platform.ts';
import { summary } from '../start/summary.ts';
import { duration } from '../ui/duration.ts';
import { createProgress } from '../ui/progress.ts';

export function register(program: Command): void {
  program
    .command('start')
    .description('build, verify and run the platform; then show one attack that fails')
    .option('--no-attack', 'do not show the attack at the end')
    .addHelpText('after', '\nOnly the last commit is built, never the working tree. A second start is quick and changes nothing.')
    .action(async ({ attack }: { attack: boolean }) => withRunLock('npm start', async () => start(attack)));
}

async function start(withAttack: boolean): Promise<void> {
  const since = performance.now();
  const progress = createProgress();
  const findings = await examineHost();
  for (const { id, level, found, remedy } of findings)
    if (level === 'warning') progress.warn(`${id}: ${found}${remedy === undefined ? '' : `; ${remedy}`}`);
  assertNoErrors(findings);
  const platform = await startPlatform(await headCommit(), progress);
  progress.line();
  console.log(summary(platform));
  if (withAttack) await showAttack(platform, progress);
  progress.line(`\nDone in ${duration(performance.now() - since)}.`);
  await platform.access.close();
}

async function headCommit(): Promise<string> {
  const { code, stdout } = await runCommand('git', ['-C', REPOSITORY, 'rev-parse', '--verify', 'HEAD^{commit}']);
  if (code === 0) return stdout.trim();
  throw new UserError({
    code: 'NO_COMMIT',
    message: 'There is no commit to build',
    expected: 'a commit',
    found: 'none',
    remedy: 'git add . && git commit',
  });
}
