import { loadDrill, runDrill } from '@seaworthy/drills';
import { drillPlatform } from '../drill/drill-platform.ts';
import type { Progress } from '../ui/progress.ts';
import type { RunningPlatform } from './start-platform.ts';

const SHOWN = 'unsigned-image';

/** One attack before the user's eyes, on what has just been started, and the command that repeats it with the control gone. */
export async function showAttack(platform: RunningPlatform, progress: Progress): Promise<void> {
  const drill = await loadDrill(SHOWN);
  const result = await progress.stage('Attacking it: an unsigned image is deployed', async (stage) => {
    const outcome = await runDrill(SHOWN, drill, drillPlatform(platform), 'present');
    stage.update(outcome.passed ? 'refused' : outcome.outcome);
    return outcome;
  });
  if (!result.passed) throw new Error(`expected the attack ${SHOWN} to be refused, found ${result.outcome}: ${result.reason}`);
  progress.line(`  ${result.code}: ${result.reason}`);
  progress.line(`  blobs downloaded, by the registry's own log: ${result.facts?.['blobs downloaded'] ?? '?'}`);
  progress.line(`\nThe same attack with the control gone, on a throw-away copy:\n  npm run drill prove ${SHOWN}`);
}
