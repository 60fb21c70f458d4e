import { RELEASE_TAG } from '@seaworthy/contracts';
import type { Command } from 'commander';
import { admitRelease } from '../deploy/release.ts';
import { releaseServices } from '../deploy/release-services.ts';
import { UserError } from '../errors.ts';
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
  const progress = createProgress();
  const { instance, host, access, state } = await connectPlatform();
  if (reference === undefined) {
    await releaseServices({ instance, host, access, ids: state.imageIds, progress });
    return;
  }
  const { digest } = await admitRelease(instance, access.registry(access.workload('deploy')), ...parseReference(reference));
  console.log(`${reference} is ${digest}, and the gatekeeper let it pass. Nothing was downloaded.`);
}

/** `release/catalog`, `release/catalog:main` or `release/catalog@sha256:…` as repository and reference. */
function parseReference(text: string): [repository: string, reference: string] {
  const [repository = '', digest] = text.split('@');
  if (digest !== undefined) return [repository, digest];
  const [name = '', tag = RELEASE_TAG, ...more] = text.split(':');
  if (name !== '' && more.length === 0) return [name, tag];
  throw new UserError({
    code: 'USAGE',
    message: 'There is no such reference',
    expected: 'release/<name>, release/<name>:<tag> or release/<name>@sha256:<digest>',
    found: text,
    remedy: 'npm run deploy release/catalog:main',
  });
}
