import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { manifests, ROOT, sources, textOf } from './workspaces.ts';

/** A value is imported: types are gone when a test runs. Over lines too; without `from` as well. */
const IMPORTS = /^(?:import|export)\s(?!type\b)[^'";=(]*'([^']+)'|\bimport\('([^']+)'\)/gm;
/** What starts containers or talks to an engine, or loads what does: the index of the testing packages. */
const NEEDS_CONTAINERS = /^(?:@seaworthy\/testing|@seaworthy\/testing-services|testcontainers|@testcontainers\/.+|dockerode)$/;
const SUBPATH = /^@seaworthy\/testing\//;

/** Reads a file of the repository; undefined where there is none. */
type Read = (file: string) => string | undefined;

/** What unit tests load, by themselves or through their fixtures, that is for tests with containers: `file: import`. */
export function containersInUnitTests(files = sources(), read: Read = readSource): string[] {
  const seen = new Set(files.filter((file) => /(?<!\.integration|\.smoke|\.slow)\.test\.ts$/.test(file)));
  const found: string[] = [];
  // a set gives what is added to it while it is gone through
  for (const file of seen) {
    for (const name of importsOf(read(file) ?? '')) {
      if (NEEDS_CONTAINERS.test(name)) found.push(`${file}: ${name}`);
      const target = targetOf(file, name);
      // shipped code may talk to an engine; what for is its tests' own matter
      if (target !== undefined && (!target.includes('/src/') || target.startsWith('packages/testing/'))) seen.add(target);
    }
  }
  return found.toSorted();
}

function importsOf(text: string): string[] {
  return [...text.matchAll(IMPORTS)].map(([, first, second]) => first ?? second ?? '');
}

function targetOf(file: string, name: string): string | undefined {
  if (name.startsWith('.')) return join(file, '..', name);
  if (!SUBPATH.test(name)) return undefined;
  const exported = manifests().find(({ folder }) => folder === 'packages/testing')?.exports;
  if (typeof exported !== 'object') return undefined;
  return join('packages/testing', exported[name.replace(SUBPATH, './')] ?? '');
}

function readSource(file: string): string | undefined {
  return existsSync(join(ROOT, file)) ? textOf(file) : undefined;
}
