import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A line of no consequence, which no page quotes: pages that quote are written anew after a change. */
const FILE = 'apps/catalog/src/products/products.controller.ts';
/** It is part of what the service shows, so that bundle and image are others. */
const LINE = /(?<=description: ')[^']*/;

let changes = 0;

/** Changes one line of a clone's catalog. @returns takes it back */
export function changeCatalog(root: string): () => void {
  const file = join(root, FILE);
  const before = readFileSync(file, 'utf8');
  const after = before.replace(LINE, `Change ${(changes += 1)} of npm run bench.`);
  if (after === before) throw new Error(`expected ${FILE} to have a line with a description, found none to change`);
  writeFileSync(file, after);
  return () => writeFileSync(file, before);
}
