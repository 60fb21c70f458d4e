import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { JobError } from '../jobs/job.error.ts';
import { readUntrustedTar, writeTar } from '../jobs/tar.rules.ts';
import type { TarEntry } from '../jobs/tar.rules.ts';

const LIMITS = { entries: 20_000, bytes: 200 * 1024 ** 2 };
/** What npm goes by, beside the lockfile. */
const MANIFEST = /^package\.json$|^(?:apps|packages)\/[^/]+\/package\.json$/;
const CARD = /^apps\/([a-z][a-z0-9-]*)\/service\.yaml$/;
const LOCK = 'package-lock.json';
/** What the control plane itself parses: YAML takes a hundred times the memory of its text, and packs to a thousandth for the push. */
const DECLARATION_BYTES = 256 * 1024;
const LOCK_BYTES = 4 * 1024 ** 2;
const Lock = z.object({ packages: z.record(z.string(), z.unknown()) });

export interface Source {
  readonly files: readonly TarEntry[];
  /** SHA-256 of package-lock.json, hex */
  readonly lockHash: string;
  /** package.json of the repository and of each workspace: all that the job that fetches packages reads beside the lockfile */
  readonly manifests: readonly string[];
  /** SHA-256 of all that says which packages are installed, hex: the lockfile alone does not, see `differingPackages` */
  readonly packagesHash: string;
  /** names of the apps with a service card */
  readonly services: readonly string[];
  text(path: string): string;
}

/**
 * The files of a commit, as `git archive` gives them: never the working tree, no links, and no node_modules of the commit's own; what is parsed
 * here is of a size that can be, and the lockfile one that can be read.
 * @throws JobError SOURCE_REFUSED
 */
export async function readSource(archive: Readable): Promise<Source> {
  const files = new Map<string, TarEntry>();
  for await (const entry of readUntrustedTar(archive, LIMITS, 'SOURCE_REFUSED')) {
    if (entry.path.split('/').includes('node_modules')) {
      throw new JobError({
        code: 'SOURCE_REFUSED',
        message: `expected no node_modules in a commit, found ${entry.path}; packages come from the lockfile alone`,
      });
    }
    refuseLarge(entry);
    files.set(entry.path, entry);
  }
  const text = (path: string): string => {
    const file = files.get(path);
    if (!file) throw new JobError({ code: 'SOURCE_REFUSED', message: `expected ${path} in the commit, found none` });
    return file.content.toString('utf8');
  };
  const manifests = [...files.keys()].filter((path) => MANIFEST.test(path)).toSorted();
  const lockHash = sha256(text(LOCK));
  const source = {
    files: [...files.values()],
    lockHash,
    manifests,
    packagesHash: sha256([lockHash, ...manifests.map((path) => `${sha256(text(path))} ${path}`)].join('\n')),
    services: [...files.keys()].flatMap((path) => CARD.exec(path)?.[1] ?? []).toSorted(),
    text,
  };
  packagesOfLock(source);
  return source;
}

function refuseLarge({ path, content }: TarEntry): void {
  const isDeclaration = path === 'compose.yaml' || MANIFEST.test(path) || CARD.test(path);
  const limit = path === LOCK ? LOCK_BYTES : isDeclaration ? DECLARATION_BYTES : Infinity;
  if (content.length <= limit) return;
  throw new JobError({
    code: 'SOURCE_REFUSED',
    message: `expected ${path} to have at most ${limit / 1024} KiB, found ${Math.ceil(content.length / 1024)}`,
  });
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * The source as jobs see it at /workspace, read-only. Packages lie in a volume of their own at /deps; links, which only the control
 * plane makes, join the two, so that no mount lies inside another.
 */
export function sourceTar(source: Source): Readable {
  return writeTar(({ file, link }) => {
    for (const { path, content, executable } of source.files) file(path, content, executable);
    link('node_modules', '/deps/node_modules');
    for (const workspace of workspacesWithOwnPackages(source)) link(`${workspace}/node_modules`, `/deps/nested/${workspace}/node_modules`);
  });
}

/** npm puts a package there where two workspaces need different versions of it. */
export function workspacesWithOwnPackages(source: Source): string[] {
  const own = packagesOfLock(source).flatMap((path) => /^((?:apps|packages)\/[a-z0-9-]+)\/node_modules\//.exec(path)?.[1] ?? []);
  return [...new Set(own)].toSorted();
}

/** Where the lockfile puts packages. @throws JobError SOURCE_REFUSED when nobody can read that in it */
function packagesOfLock(source: Pick<Source, 'text'>): string[] {
  try {
    return Object.keys(Lock.parse(JSON.parse(source.text(LOCK))).packages);
  } catch (cause) {
    if (cause instanceof JobError) throw cause;
    const message = `expected ${LOCK} to be what npm writes, JSON with its packages, found something else; npm install`;
    throw new JobError({ code: 'SOURCE_REFUSED', message, cause });
  }
}
