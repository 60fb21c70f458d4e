import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../../../..');

export interface Manifest {
  readonly name: string;
  /** relative to the repository: `apps/catalog` */
  readonly folder: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly exports?: string | Readonly<Record<string, string>>;
}

/** package.json of every app and package. */
export function manifests(): Manifest[] {
  return ['apps', 'packages'].flatMap((kind) =>
    readdirSync(join(ROOT, kind)).map(
      (name) => ({ ...JSON.parse(readFileSync(join(ROOT, kind, name, 'package.json'), 'utf8')), folder: `${kind}/${name}` }) as Manifest,
    ),
  );
}

/** What a file of the repository holds. */
export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Source files of all workspaces, relative to the repository. */
export function sources(): string[] {
  return manifests().flatMap(({ folder }) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mts|mjs)$/.test(entry.name) && !/\/(node_modules|dist)(\/|$)/.test(entry.parentPath))
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1)),
  );
}

/** Every page for people, relative to the repository: those of its root, of `docs/`, and what lies beside the code. */
export function pages(): string[] {
  return ['*.md', '{docs,infra,pipelines}/**/*.md', '{apps,packages}/*/*.md', '{apps,packages}/*/{src,test}/**/*.md']
    .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .toSorted();
}
