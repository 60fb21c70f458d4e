import { chmodSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { bundleService } from '@seaworthy/supply-chain/build';
import type { Instance } from '../instance.ts';

/** Bundles a program of a drill with all that it imports, so that Node alone can run it in a container. Returns its path on the host. */
export async function bundleProgram({ root, stateDir }: Instance, file: string): Promise<string> {
  const appDir = join(root, 'packages/drills');
  const { mainFile } = await bundleService({ appDir, outDir: join(stateDir, 'programs', basename(file)), entry: relative(appDir, file) });
  chmodSync(mainFile, 0o644);
  return mainFile;
}
