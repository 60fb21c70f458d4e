import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CopyChange, SourceEdit } from '@seaworthy/drills';
import { loadServiceCard } from '@seaworthy/policy';
import { bundleService } from '@seaworthy/supply-chain/build';
import { checkoutDir } from '../instance.ts';
import type { Instance } from '../instance.ts';

/**
 * Makes what a drill changes in the sources of the running commit, programs and files alike, and lays each over what is in the service's image.
 * Returns the compose overlay that does it, if there is anything to do; all of it lies in the copy's own state directory and goes with it.
 */
export async function drillOnlyOverlay(instance: Instance, { builds = {}, files = {} }: CopyChange): Promise<string[]> {
  const directory = join(instance.stateDir, 'drill-only');
  rmSync(directory, { recursive: true, force: true });
  const volumes = new Map<string, string[]>();
  const lay = (service: string, file: string, target: string): void => {
    // read by the service's own account
    chmodSync(file, 0o644);
    volumes.set(service, [...(volumes.get(service) ?? []), `${file}:${target}:ro`]);
  };
  for (const [service, edits] of Object.entries(builds))
    lay(service, await buildChanged(instance, join(directory, service), service, edits), '/app/main.js');
  for (const [service, { target, edits }] of Object.entries(files))
    lay(service, changedFile(instance, join(directory, service), edits), target);
  if (volumes.size === 0) return [];
  const overlay = join(directory, 'overlay.json');
  writeFileSync(overlay, JSON.stringify({ services: Object.fromEntries([...volumes].map(([name, list]) => [name, { volumes: list }])) }));
  return [overlay];
}

async function buildChanged(instance: Instance, outDir: string, service: string, edits: readonly SourceEdit[]): Promise<string> {
  const sourceDir = join(outDir, 'source');
  // links stay as they are: packages are the clone's, the workspace's own are the copy's
  cpSync(checkoutDir(instance), sourceDir, { recursive: true, verbatimSymlinks: true });
  for (const edit of edits) {
    const path = join(sourceDir, edit.file);
    writeFileSync(path, changed(readFileSync(path, 'utf8'), edit));
  }
  const appDir = join(sourceDir, 'apps', service);
  const { entry } = await loadServiceCard(appDir);
  return (await bundleService({ appDir, outDir: join(outDir, 'bundle'), entry })).mainFile;
}

function changedFile(instance: Instance, outDir: string, edits: readonly SourceEdit[]): string {
  const [first] = edits;
  if (first === undefined) throw new TypeError('expected at least one change of a file, found none');
  const text = edits.reduce(changed, readFileSync(join(checkoutDir(instance), first.file), 'utf8'));
  const path = join(outDir, basename(first.file));
  mkdirSync(outDir, { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** @throws Error where the sources are no longer what the drill was written for: it would remove nothing */
function changed(text: string, { file, found, becomes }: SourceEdit): string {
  const parts = text.split(found);
  if (parts.length === 2) return parts.join(becomes);
  throw new Error(`expected ${JSON.stringify(found)} once in ${file}, found it ${parts.length - 1} times; mend the drill`);
}
