import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CopyChange, SourceEdit } from '@seaworthy/drills';
import { bundleService } from '@seaworthy/supply-chain/build';
import { loadServiceCard } from '@seaworthy/policy';
import type { Instance } from '../instance.ts';

/**
 * Builds services of the running commit with a drill's changes to their sources, and lays each over the program in the service's image.
 * Returns the compose overlay that does it; all of it lies in the copy's own state directory and goes with it.
 */
export async function drillOnlyBuilds({ sharedDir, stateDir }: Instance, builds: NonNullable<CopyChange['builds']>): Promise<string> {
  const volumes: Record<string, { volumes: string[] }> = {};
  for (const [service, edits] of Object.entries(builds)) {
    const sourceDir = join(stateDir, 'drill-only', service, 'source');
    rmSync(sourceDir, { recursive: true, force: true });
    // links stay as they are: packages are the clone's, the workspace's own are the copy's
    cpSync(join(sharedDir, 'source'), sourceDir, { recursive: true, verbatimSymlinks: true });
    for (const edit of edits) applyEdit(sourceDir, edit);
    const appDir = join(sourceDir, 'apps', service);
    const { entry } = await loadServiceCard(appDir);
    const { mainFile } = await bundleService({ appDir, outDir: join(stateDir, 'drill-only', service, 'bundle'), entry });
    // read by the service's own account
    chmodSync(mainFile, 0o644);
    volumes[service] = { volumes: [`${mainFile}:/app/main.js:ro`] };
  }
  const overlay = join(stateDir, 'drill-only', 'overlay.json');
  writeFileSync(overlay, JSON.stringify({ services: volumes }));
  return overlay;
}

/** @throws Error where the sources are no longer what the drill was written for: it would remove nothing */
function applyEdit(sourceDir: string, { file, found, becomes }: SourceEdit): void {
  const path = join(sourceDir, file);
  const parts = readFileSync(path, 'utf8').split(found);
  if (parts.length !== 2)
    throw new Error(`expected ${JSON.stringify(found)} once in ${file}, found it ${parts.length - 1} times; mend the drill`);
  writeFileSync(path, parts.join(becomes));
}
