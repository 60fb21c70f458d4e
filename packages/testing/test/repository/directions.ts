import type { Manifest } from './workspaces.ts';

/** What each may depend on, of this repository. What isn't named may depend on nothing of it. Apps have one rule for all of them. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  oci: ['contracts'],
  policy: ['contracts'],
  images: ['contracts', 'oci'],
  'supply-chain': ['contracts', 'images', 'oci', 'policy'],
  platform: ['contracts'],
  testing: ['contracts', 'oci', 'images', 'supply-chain', 'policy'],
  'testing-services': ['contracts', 'oci', 'images', 'policy', 'supply-chain', 'testing'],
  drills: ['contracts', 'oci', 'policy', 'supply-chain'],
  cli: ['contracts', 'drills', 'images', 'oci', 'platform', 'policy', 'supply-chain'],
};
const APPS = ['contracts', 'images', 'oci', 'platform', 'policy', 'supply-chain'];
/** What tests may use besides: real images and the real certificate authority instead of made-up ones. */
const FOR_TESTS = ['testing', 'testing-services', 'images', 'cli'];

/** By folder, what shipped code there may depend on: `packages/policy`, or `apps` for all of them. */
export function allowedDependencies(): Record<string, readonly string[]> {
  return { apps: APPS, ...Object.fromEntries(Object.entries(ALLOWED).map(([name, allowed]) => [`packages/${name}`, allowed])) };
}

/** Sentences, one for each dependency that runs the wrong way. */
export function wrongDirections(all: readonly Manifest[]): string[] {
  const folders = new Map(all.map(({ name, folder }) => [name, folder]));
  return all.flatMap((manifest) => {
    const allowed = allowedFor(manifest.folder).map((name) => `packages/${name}`);
    const allowedInTests = [...allowed, ...FOR_TESTS.map((name) => `packages/${name}`)];
    return [
      ...judge(manifest, Object.keys(manifest.dependencies ?? {}), allowed, folders),
      ...judge(manifest, Object.keys(manifest.devDependencies ?? {}), allowedInTests, folders),
    ];
  });
}

function allowedFor(folder: string): readonly string[] {
  const [kind, name = ''] = folder.split('/');
  return kind === 'apps' ? APPS : (ALLOWED[name] ?? []);
}

function judge({ folder }: Manifest, names: readonly string[], allowed: readonly string[], folders: ReadonlyMap<string, string>): string[] {
  return names.flatMap((name) => {
    const target = folders.get(name);
    return target === undefined || allowed.includes(target) ? [] : [`${folder} must not depend on ${target}`];
  });
}
