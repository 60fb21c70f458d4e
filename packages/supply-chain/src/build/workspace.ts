import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BuildError } from './error.ts';

interface PackageJson {
  name?: string;
  workspaces?: string[];
  exports?: string | Record<string, string>;
}

/** The nearest folder at or above `dir` whose package.json declares npm workspaces. */
export function findWorkspaceRoot(dir: string): string {
  for (let candidate = resolve(dir); ; candidate = dirname(candidate)) {
    const file = join(candidate, 'package.json');
    if (existsSync(file) && readPackage(file).workspaces) return candidate;
    if (candidate === dirname(candidate)) {
      throw new BuildError({
        code: 'BUNDLE_FAILED',
        message: `expected ${dir} inside a checkout of the repository, found no package.json with workspaces above it`,
      });
    }
  }
}

/** Specifier → source file, for every entry point of every package of the workspace. */
export function workspaceEntryPoints(root: string): Map<string, string> {
  const entryPoints = new Map<string, string>();
  const patterns = readPackage(join(root, 'package.json')).workspaces ?? [];
  for (const file of globSync(
    patterns.map((pattern) => `${pattern}/package.json`),
    { cwd: root },
  ).toSorted()) {
    const { name, exports = {} } = readPackage(join(root, file));
    if (!name) continue;
    const targets = typeof exports === 'string' ? { '.': exports } : exports;
    for (const [subpath, target] of Object.entries(targets)) entryPoints.set(join(name, subpath), join(root, dirname(file), target));
  }
  return entryPoints;
}

function readPackage(file: string): PackageJson {
  return JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
}
