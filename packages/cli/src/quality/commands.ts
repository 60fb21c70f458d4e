import { join } from 'node:path';
import type { DrillResult } from '@seaworthy/drills';
import { runCommand } from '../host/command.ts';
import { REPOSITORY } from '../host/paths.ts';
import type { Progress } from '../ui/progress.ts';
import { failed, PASSED, showTally, sum, type Tally } from './tally.ts';

const MAIN = join(REPOSITORY, 'packages/cli/src/main.ts');
const FLAGS = ['--disable-warning=ExperimentalWarning', MAIN];

/** `npm start` or `npm stop` as a user would run it: its own output, its own exit code. */
export async function runAsUser(word: 'start' | 'stop'): Promise<Tally> {
  const { code } = await runCommand(process.execPath, [...FLAGS, word], { cwd: REPOSITORY, inherit: true, undoes: true });
  return code === 0 ? PASSED : failed(`npm ${word} ended with ${code}`);
}

/** Runs drills on the running platform, as `npm run drill` does. None that answers is a failure, not nothing. */
export async function runDrills(title: string, words: readonly string[], progress: Progress): Promise<Tally> {
  return progress.stage(title, async (stage) => {
    const tallies: Tally[] = [];
    const { code, stderr } = await runCommand(process.execPath, [...FLAGS, 'drill', ...words, '--json'], {
      cwd: REPOSITORY,
      undoes: true,
      onLine: (line) => {
        const drill = parse(line);
        if (!drill) return;
        stage.update(drill.id);
        tallies.push(drill.passed ? PASSED : failed(`drill ${drill.id}: ${drill.reason}`));
      },
    });
    if (tallies.length === 0 || (code !== 0 && tallies.every((one) => one.failed === 0)))
      tallies.push(failed(`drill ${words.join(' ')} ended with ${code}: ${stderr.trim()}`));
    const tally = sum(tallies);
    showTally(stage, tally);
    return tally;
  });
}

function parse(line: string): DrillResult | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as Partial<DrillResult>;
    return typeof value.id === 'string' && typeof value.passed === 'boolean' ? (value as DrillResult) : undefined;
  } catch {
    return undefined;
  }
}
