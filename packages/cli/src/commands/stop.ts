import type { Command } from 'commander';
import { findEngine } from '../host/engine/engine.ts';
import { REPOSITORY } from '../host/paths.ts';
import { withRunLock } from '../host/run-lock.ts';
import { mainInstance } from '../instance.ts';
import { findCopies } from '../remove/find-copies.ts';
import { refuseForeign } from '../remove/refuse-foreign.ts';
import { removeCopy, stopCopy } from '../remove/remove-objects.ts';
import { createProgress } from '../ui/progress.ts';

export function register(program: Command): void {
  program
    .command('stop')
    .description('stop the platform; keep its data, keys and images, so that npm start is quick again')
    .action(() => withRunLock('npm stop', stop));
}

async function stop(): Promise<void> {
  const progress = createProgress();
  const instance = mainInstance(REPOSITORY);
  const { project } = instance;
  const { engine } = await findEngine();
  if (engine) await refuseForeign(engine, instance, 'npm stop');
  const copies = engine ? await findCopies(engine, instance) : [];
  if (!engine || copies.length === 0) {
    progress.line(engine ? 'Nothing runs.' : 'No container engine answers: nothing runs.');
    return;
  }
  await progress.stage('Stopping', async (stage) => {
    let count = 0;
    for (const copy of copies) {
      // a drill's copy is thrown away; the user's own keeps its data
      const removed = copy === project ? await stopCopy(engine, copy) : await removeCopy(engine, copy);
      count += removed.containers;
    }
    stage.update(`${count} containers`);
  });
  progress.line('Stopped. Data, keys and images are kept: npm start goes on with them; npm run clean removes them.');
}
