import type { Progress } from '../ui/progress.ts';
import { runTool } from './repository-tool.ts';
import { failed, PASSED, sum, type Tally } from './tally.ts';

interface Check {
  readonly name: string;
  readonly title: string;
  /** turbo's words; what it ran before on the same input it does not run again */
  readonly words: readonly string[];
  readonly remedy: string;
}

const once = (task: string): string[] => ['run', task, '--output-logs=errors-only', '--log-prefix=none', '--no-update-notifier'];

const CHECKS: readonly Check[] = [
  { name: 'types', title: 'Types (tsc)', words: once('//#types'), remedy: 'npm run types' },
  { name: 'lint', title: 'Lint, with security rules (oxlint)', words: once('//#lint'), remedy: 'npm run lint' },
  { name: 'formatting', title: 'Format (oxfmt)', words: once('//#formatting'), remedy: 'npm run format mends it' },
  { name: 'unused', title: 'Unused code and dependencies (knip)', words: once('//#unused'), remedy: 'npm run unused' },
  {
    name: 'boundaries',
    title: 'Undeclared imports (turbo boundaries)',
    words: ['boundaries', '--no-update-notifier'],
    remedy: 'npm run boundaries',
  },
];

/** What can be said about the code without running it. One after another: each uses all cores by itself. */
export async function runChecks(progress: Progress): Promise<Tally> {
  const tallies: Tally[] = [];
  for (const check of CHECKS) tallies.push(await runCheck(check, progress));
  return sum(tallies);
}

async function runCheck({ name, title, words, remedy }: Check, progress: Progress): Promise<Tally> {
  const result = await progress.stage(title, async (stage) => {
    const done = await runTool('turbo', words);
    if (done.code !== 0) stage.fail('failed');
    return done;
  });
  if (result.code === 0) return PASSED;
  progress.line(`${result.stdout}${result.stderr}`.trimEnd());
  return failed(`check ${name}: ${remedy}`);
}
