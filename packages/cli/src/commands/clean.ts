import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { OwnImages } from '../engine/own-images.ts';
import { UserError } from '../errors.ts';
import { findEngine } from '../host/engine/engine.ts';
import { readHostRecord } from '../host/host-record.ts';
import { REPOSITORY } from '../host/paths.ts';
import { withRunLock } from '../host/run-lock.ts';
import { mainInstance } from '../instance.ts';
import { findCopies, findDeadTests } from '../remove/find-copies.ts';
import { describePackages, stopOwnEngine, unlinkComposePlugin } from '../remove/remove-host-changes.ts';
import { refuseForeign } from '../remove/refuse-foreign.ts';
import { removeCopy, removeImages } from '../remove/remove-objects.ts';
import { untrust } from '../trust/trust.ts';
import { ask, hasTerminal } from '../ui/ask.ts';
import { createProgress, type Progress } from '../ui/progress.ts';

/** What the project writes into the clone itself; node_modules is npm's. */
const FILES = ['.env', '.turbo', 'coverage', '.seaworthy'];

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
      await withRunLock('npm run clean', clean);
    });
}

async function clean(): Promise<void> {
  const progress = createProgress();
  const record = readHostRecord();
  await removeFromEngine(progress);
  const done = [await untrust(), unlinkComposePlugin(record), await stopOwnEngine(record)];
  for (const line of done) if (line) progress.line(`✓ ${line}`);
  for (const file of FILES) rmSync(join(REPOSITORY, file), { recursive: true, force: true });
  progress.line(`✓ removed ${FILES.join(', ')} (keys, certificates, trust, caches, state)`);
  const packages = describePackages(record);
  if (packages) progress.line(packages);
  progress.line(`Left: the clone itself, and node_modules (rm -r ${join(REPOSITORY, 'node_modules')}).`);
}

async function removeFromEngine(progress: Progress): Promise<void> {
  const { engine } = await findEngine();
  if (!engine) {
    progress.warn(
      'No container engine answers: containers, volumes and images that it may hold stay. Start it and run npm run clean again.',
    );
    return;
  }
  const instance = mainInstance(REPOSITORY);
  await refuseForeign(engine, instance, 'npm run clean');
  for (const copy of [...(await findCopies(engine, instance)), ...(await findDeadTests(engine))]) {
    await progress.stage(`Removing ${copy}`, async (stage) => {
      const { containers, networks, volumes } = await removeCopy(engine, copy);
      stage.update(`${containers} containers, ${networks} networks, ${volumes} volumes`);
    });
  }
  await progress.stage('Removing images', async (stage) => {
    const images = new OwnImages(instance).list();
    stage.update(`${await removeImages(engine, images)} of ${images.length}`);
  });
}
