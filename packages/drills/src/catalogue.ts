import { globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Drill } from './drill.ts';

const HERE = import.meta.dirname;

/** Ids of all drills, in the order of their areas. A drill is found by its folder: nothing has to be registered. */
export function drillIds(): string[] {
  return paths().map((path) => basename(dirname(path)));
}

/** @throws RangeError when there is no such drill; the message lists those there are */
export async function loadDrill(id: string): Promise<Drill> {
  const path = paths().find((candidate) => basename(dirname(candidate)) === id);
  if (path === undefined)
    throw new RangeError(`expected the id of a drill, found ${JSON.stringify(id)}; there are ${drillIds().join(', ')}`);
  const { drill } = (await import(`${HERE}/${path}`)) as { drill: Drill };
  return drill;
}

function paths(): string[] {
  return globSync('*/*/drill.ts', { cwd: HERE }).toSorted();
}
