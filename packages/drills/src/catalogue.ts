import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Drill } from './drill.ts';

const HERE = import.meta.dirname;

/** Ids of all drills, in the order of their areas. A drill is found by its folder: nothing has to be registered. */
export function drillIds(): string[] {
  return paths().map((path) => basename(dirname(path)));
}

/** @throws RangeError when there is no such drill; the message lists those there are */
export async function loadDrill(id: string): Promise<Drill> {
  const path = pathOf(id);
  // oxlint-disable-next-line no-unsanitized/method -- only folders of this package come here
  const { drill } = (await import(`./${path}`)) as { drill: Drill };
  return drill;
}

/** Where a drill keeps what its copy needs. */
export function drillFolder(id: string): string {
  return join(HERE, dirname(pathOf(id)));
}

function pathOf(id: string): string {
  const found = paths().find((path) => basename(dirname(path)) === id);
  if (found !== undefined) return found;
  throw new RangeError(`expected the id of a drill, found ${JSON.stringify(id)}; there are ${drillIds().join(', ')}`);
}

function paths(): string[] {
  return globSync('*/*/drill.ts', { cwd: HERE }).toSorted();
}
