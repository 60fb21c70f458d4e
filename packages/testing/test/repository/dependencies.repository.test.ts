import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { manifests, ROOT } from './workspaces.ts';

const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<
    string,
    {
      version?: string;
      integrity?: string;
      resolved?: string;
      link?: boolean;
      inBundle?: boolean;
      hasInstallScript?: boolean;
      optionalDependencies?: Record<string, string>;
    }
  >;
};
const root = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  installScripts: { approved: string[]; refused: Record<string, string> };
  optionalDependencies: Record<string, string>;
};
const foreign = Object.entries(lock.packages).filter(([path, { link }]) => path.includes('node_modules/') && !link);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('dependencies', () => {
  it('run no install script that is not approved by name', () => {
    const scripted = new Set(foreign.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path)));
    const decided = [...root.installScripts.approved, ...Object.keys(root.installScripts.refused)];
    // a new one is refused until somebody decides, and writes down why
    expect([...scripted].toSorted()).toEqual(decided.toSorted());
    expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
  });

  it('are pinned by version and by integrity', () => {
    const loose = manifests().flatMap(({ folder, dependencies, devDependencies }) =>
      Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, version]) =>
        /^\d+\.\d+\.\d+[-\w.]*$/.test(version) ? [] : [`${folder}: ${name} ${version}`],
      ),
    );
    expect(loose).toEqual([]);
    expect(foreign.filter(([, { integrity, inBundle }]) => !inBundle && !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual(
      [],
    );
  });

  it('name no registry: each user has their own', () => {
    expect(foreign.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it('have a binary for every platform that they name: npm ci refuses a lock that leaves one out', () => {
    const locked = new Set(foreign.map(([path]) => nameOf(path)));
    const missing = foreign.flatMap(([path, { optionalDependencies, inBundle }]) =>
      inBundle
        ? []
        : Object.keys(optionalDependencies ?? {}).flatMap((name) => (locked.has(name) ? [] : [`${nameOf(path)} misses ${name}`])),
    );
    expect(missing).toEqual([]);
  });

  it('bring one Node for every architecture of the images', () => {
    expect(
      new Set(
        Object.entries(root.optionalDependencies)
          .filter(([name]) => name.startsWith('node-linux-'))
          .map(([, version]) => version),
      ).size,
    ).toBe(1);
  });
});
