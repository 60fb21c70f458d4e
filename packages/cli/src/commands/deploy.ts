import type { Command } from 'commander';
import { parseReference } from '../deploy/reference.ts';
import { admitRelease } from '../deploy/release.ts';
import { releaseServices } from '../deploy/release-services.ts';
import { withRunLock } from '../host/run-lock.ts';
import { connectPlatform } from '../start/connect.ts';
import { createProgress } from '../ui/progress.ts';

export function register(program: Command): void {
  program
    .command('deploy')
    .description('tag → digest → verify → only then download → run; without a reference: what was released last')
    .argument('[reference]', 'only verify this one, such as release/catalog:main')
    .action(async (reference: string | undefined) => withRunLock('npm run deploy', async () => deploy(reference)));
}

async function deploy(reference: string | undefined): Promise<void> {
  const wanted = reference === undefined ? undefined : parseReference(reference);
  const progress = createProgress();
  const { instance, host, access, state } = await connectPlatform();
  if (wanted === undefined) {
    await releaseServices({ instance, host, access, ids: state.imageIds, progress });
    return;
  }
  const { digest } = await admitRelease(instance, access.registry(access.workload('deploy')), ...wanted);
  console.log(`${reference} is ${digest}, and the gatekeeper let it pass. Nothing was downloaded.`);
}
