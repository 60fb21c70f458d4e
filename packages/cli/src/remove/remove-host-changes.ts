import { existsSync, lstatSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { processStart } from '../../bin/process-lock.mjs';
import { OWN_COMPOSE } from '../host/compose/compose.ts';
import type { HostRecord } from '../host/host-record.ts';

const PATIENCE_MS = 30_000;

/** Stops the engine that we started, if it is still that very process. @returns what was done, for the user */
export async function stopOwnEngine({ engine }: HostRecord): Promise<string | undefined> {
  if (!engine || processStart(engine.pid) !== engine.started) return undefined;
  process.kill(engine.pid, 'SIGTERM');
  const deadline = performance.now() + PATIENCE_MS;
  while (existsSync(`/proc/${engine.pid}`) && processStart(engine.pid) === engine.started) {
    if (performance.now() > deadline) return `asked the container engine (pid ${engine.pid}) to end; it has not yet`;
    await wait(100);
  }
  return 'stopped the container engine that npm start had started';
}

/** Removes our link that made `docker compose` work, unless somebody put another one there; and the folders made for it, where nothing else is in them. */
export function unlinkComposePlugin({ composePlugin, folders = [] }: HostRecord): string | undefined {
  if (!composePlugin || !lstatSync(composePlugin, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  if (readlinkSync(composePlugin) !== OWN_COMPOSE) return undefined;
  rmSync(composePlugin);
  return `removed ${[composePlugin, ...folders.filter(removeEmpty)].join(', ')}`;
}

function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** What stays on the machine, with the command that removes it: other programs may need it by now. */
export function describePackages({ packages = [] }: HostRecord): string | undefined {
  if (packages.length === 0) return undefined;
  return `What npm start installed stays, because something else may use it by now: ${packages.join(', ')}\n  remove with: apt-get purge --autoremove ${packages.join(' ')}`;
}
