import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** An npm package that is part of a bundle, as the lockfile pins it. */
export interface BundledPackage {
  name: string;
  version: string;
  /** Subresource Integrity of the tarball, from package-lock.json */
  integrity?: string;
  license?: string;
}

interface LockEntry {
  name?: string;
  version?: string;
  integrity?: string;
  license?: string;
}

/** The npm packages that the modules belong to; what the lockfile does not name is read from the package itself, without integrity. */
export async function bundledPackages(moduleIds: readonly string[], modulesRoot: string): Promise<BundledPackage[]> {
  const lockFile = join(modulesRoot, 'package-lock.json');
  const lock = existsSync(lockFile)
    ? (JSON.parse(await readFile(lockFile, 'utf8')) as { packages: Record<string, LockEntry> }).packages
    : {};
  const folders = new Set(moduleIds.map((id) => packageFolder(relative(modulesRoot, id))).filter((folder) => folder !== undefined));
  const found = new Map<string, BundledPackage>();
  for (const folder of folders) {
    const entry = lock[folder] ?? (JSON.parse(await readFile(join(modulesRoot, folder, 'package.json'), 'utf8')) as LockEntry);
    const name = entry.name ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const { version = '0.0.0', integrity, license } = entry;
    found.set(`${name}@${version}`, {
      name,
      version,
      ...(integrity ? { integrity } : {}),
      ...(typeof license === 'string' ? { license } : {}),
    });
  }
  return [...found.keys()].toSorted().map((key) => found.get(key) as BundledPackage);
}

const MODULES = 'node_modules/';

/** `…/node_modules/@scope/name` of a module's path, the innermost one; undefined for the workspace's own sources. */
function packageFolder(path: string): string | undefined {
  const start = path.lastIndexOf(MODULES);
  if (start < 0) return undefined;
  const [scopeOrName = '', name = ''] = path.slice(start + MODULES.length).split('/');
  return `${path.slice(0, start)}${MODULES}${scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName}`;
}
