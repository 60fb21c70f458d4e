import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { findEngine } from '../host/engine/engine.ts';
import { readHostRecord } from '../host/host-record.ts';
import { REPOSITORY, statePath } from '../host/paths.ts';
import { withRunLock } from '../host/run-lock.ts';
import { mainInstance } from '../instance.ts';
import { FILES, removeFiles } from '../remove/remove-files.ts';
import { removeFromEngine } from '../remove/remove-from-engine.ts';
import { describePackages, stopOwnEngine, unlinkComposePlugin } from '../remove/remove-host-changes.ts';
import { untrust } from '../trust/trust.ts';
import { ask, hasTerminal } from '../ui/ask.ts';
import { createProgress } from '../ui/progress.ts';
import { shellWord } from '../ui/shell-word.ts';

export function register(program: Command): void {
  program
    .command('clean')
    .description('remove everything that the project ever made on this machine: containers, networks, volumes, images, keys, trust')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nData and keys are gone for good. What npm start installed as packages stays; the command that removes it is printed.',
    )
    .action(async ({ yes }: { yes?: boolean }) => {
      if (!yes && hasTerminal() && !(await ask('Remove all containers, images, data and keys of this clone?'))) {
        throw new UserError({ code: 'DECLINED', message: 'Nothing was removed', remedy: 'npm stop only stops the platform' });
      }
      // a test of this clone works with the same state, and with images that only this clone needs
      await withRunLock('npm run clean', async () => withRunLock('npm run clean', clean, statePath('test.lock')));
    });
}

async function clean(): Promise<void> {
  const progress = createProgress();
  const instance = mainInstance(REPOSITORY);
  const record = readHostRecord();
  const { engine } = await findEngine();
  if (engine) await removeFromEngine(engine, instance, progress);
  const done = [await untrust(), unlinkComposePlugin(record), await stopOwnEngine(record)];
  for (const line of done) if (line) progress.line(`✓ ${line}`);
  const kept = removeFiles(instance, engine !== undefined);
  const removed = [...(existsSync(join(REPOSITORY, '.env')) ? [] : ['.env']), ...FILES];
  progress.line(`✓ removed ${removed.join(', ')} (keys, certificates, trust, caches, state)`);
  const packages = describePackages(record);
  if (packages) progress.line(packages);
  progress.line(`Left: the clone itself, and node_modules (rm -r ${shellWord(join(REPOSITORY, 'node_modules'))}).`);
  if (kept) throw engineAway();
}

function engineAway(): UserError {
  return new UserError({
    code: 'ENGINE_UNREACHABLE',
    message: 'What this clone made in the container engine could not be removed',
    expected: 'the engine that holds its containers, volumes and images',
    found: 'none that answers; what is needed to find them again is kept in .seaworthy',
    remedy: 'start the engine, and npm run clean again',
  });
}
