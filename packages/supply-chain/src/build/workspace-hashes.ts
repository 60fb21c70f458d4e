import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A file of a commit. */
export interface SourceFile {
  /** relative to the root of the repository */
  readonly path: string;
  readonly content: Buffer;
  readonly executable: boolean;
}

const Manifest = z.object({
  name: z.string(),
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
});
/** Words for people: no build reads them unless a service card ships them, and no test but `*.repository.test.ts`. */
const IGNORED = /\.md$|^docs\/|^LICENSE$/;
const WORKSPACE = /^(?:apps|packages)\/[^/]+/;

/**
 * What lint, types, tests and the image of each workspace depend on, as one hash: its own files, those of every workspace that it depends
 * on, and all that lies outside of the workspaces (lockfile, configuration, declarations). Where it is the same as in a run that passed,
 * so is the result: the commit's files are the only input that a job has. Undeclared imports would break this; lint refuses them. Tests
 * that read more than that are called `*.repository.test.ts`, and are run for every commit.
 */
export function workspaceHashes(files: readonly SourceFile[]): ReadonlyMap<string, string> {
  const byWorkspace = new Map<string, SourceFile[]>();
  for (const file of files.filter(({ path }) => !IGNORED.test(path))) {
    const workspace = WORKSPACE.exec(file.path)?.[0] ?? '';
    byWorkspace.set(workspace, [...(byWorkspace.get(workspace) ?? []), file]);
  }
  const own = new Map([...byWorkspace].map(([workspace, content]) => [workspace, hashOf(content)]));
  const closures = dependencies(manifestsOf(byWorkspace));
  return new Map(
    [...closures].map(([workspace, needed]) => {
      const parts = ['', ...[...needed].toSorted()].map((one) => `${one} ${own.get(one) ?? ''}`);
      return [workspace, createHash('sha256').update(parts.join('\n')).digest('hex')];
    }),
  );
}

/**
 * What a service ships beside its bundle, as one hash: the hash of its workspace leaves out what lies in other workspaces, and words for people.
 *
 * @param files of the commit, at least those that are shipped
 */
export function shippedHash(files: readonly SourceFile[], extraFiles: readonly { readonly from: string }[]): string {
  return hashOf(files.filter(({ path }) => extraFiles.some(({ from }) => path === from || path.startsWith(`${from}/`))));
}

function hashOf(files: readonly SourceFile[]): string {
  const hash = createHash('sha256');
  for (const { path, content, executable } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`${path}\0${executable ? 'x' : '-'}${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

type Manifests = Map<string, z.infer<typeof Manifest>>;

function manifestsOf(byWorkspace: ReadonlyMap<string, readonly SourceFile[]>): Manifests {
  const manifests: Manifests = new Map();
  for (const [workspace, files] of byWorkspace) {
    const file = files.find(({ path }) => path === `${workspace}/package.json`);
    if (workspace !== '' && file) manifests.set(workspace, Manifest.parse(JSON.parse(file.content.toString('utf8'))));
  }
  return manifests;
}

/** Each workspace with all that it depends on, itself included. */
function dependencies(manifests: Manifests): Map<string, Set<string>> {
  const places = new Map([...manifests].map(([workspace, { name }]) => [name, workspace]));
  const needs = (workspace: string): string[] => {
    const { dependencies: runtime = {}, devDependencies: development = {} } = manifests.get(workspace) ?? {};
    return Object.keys({ ...runtime, ...development }).flatMap((name) => places.get(name) ?? []);
  };
  return new Map(
    [...manifests.keys()].map((workspace) => {
      const found = new Set<string>();
      for (const open = [workspace]; open.length > 0;) {
        const next = open.pop() ?? '';
        if (found.has(next)) continue;
        found.add(next);
        open.push(...needs(next));
      }
      return [workspace, found];
    }),
  );
}
