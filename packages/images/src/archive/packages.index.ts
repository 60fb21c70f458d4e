import { ImageError } from '../errors.ts';
import { decompress } from '../deb/decompress.ts';
import type { ContentCache } from '../cache/content.cache.ts';
import { compareDebianVersions } from './debian-version.ts';
import { download } from './download.ts';
import { parseDepends, satisfies } from './dependency.ts';
import type { Relation } from './dependency.ts';
import type { ReleaseIndex } from './release.index.ts';

/** One package as an archive's index describes it. */
export interface Candidate {
  name: string;
  version: string;
  source: string;
  archive: 'debian' | 'security';
  path: string;
  sha256: string;
  size: number;
  depends: string;
  provides: string;
}

/** The packages of several suites for one architecture; of each name the highest version counts. */
export class PackagesIndex {
  readonly #byName = new Map<string, Candidate>();
  readonly #providers = new Map<string, Set<string>>();

  /** Takes in the text of one Packages file. */
  add(text: string, archive: Candidate['archive']): void {
    for (const stanza of text.split('\n\n')) {
      const candidate = parseStanza(stanza, archive);
      if (!candidate) continue;
      const known = this.#byName.get(candidate.name);
      if (known && compareDebianVersions(known.version, candidate.version) >= 0) continue;
      this.#byName.set(candidate.name, candidate);
      for (const { name } of providedBy(candidate)) this.#providers.set(name, (this.#providers.get(name) ?? new Set()).add(candidate.name));
    }
  }

  find(name: string): Candidate | undefined {
    return this.#byName.get(name);
  }

  /** The package of this name if its version fits, or else the first in the alphabet that provides it. */
  satisfying(relation: Relation): Candidate | undefined {
    const named = this.#byName.get(relation.name);
    if (named && satisfies(named.version, relation)) return named;
    const names = [...(this.#providers.get(relation.name) ?? [])].toSorted();
    return names
      .map((name) => this.#byName.get(name))
      .find((one) => one && providedBy(one).some((given) => given.name === relation.name && satisfies(given.version, relation)));
  }
}

/** What a package provides besides itself (Debian Policy 7.5); unversioned provisions satisfy no versioned relation. */
export function providedBy(candidate: Pick<Candidate, 'provides'>): { name: string; version: string | undefined }[] {
  return parseDepends(candidate.provides)
    .flat()
    .map(({ name, version }) => ({ name, version }));
}

/** The Packages file that a verified index vouches for, by its hash (from the cache, by-hash, or by name). */
export async function fetchPackages(options: {
  mirror: string;
  release: ReleaseIndex;
  arch: string;
  cache: ContentCache;
}): Promise<string> {
  const { mirror, release, arch, cache } = options;
  const folder = `main/binary-${arch}`;
  const file = ['Packages.xz', 'Packages.gz', 'Packages'].find((name) => release.files.has(`${folder}/${name}`));
  const sha256 = release.files.get(`${folder}/${file}`);
  if (file === undefined || !sha256) {
    throw new ImageError({
      code: 'INDEX_UNTRUSTED',
      message: `expected packages for ${arch} in the index of ${release.suite}, found none; use a mirror that carries this architecture`,
    });
  }
  const bytes = (await cache.read(sha256)) ?? (await fetchAndKeep());
  // an older one is of no use any more; packages stay, since locks of other commits name them and the mirror may have them no longer
  await cache.supersede(`${release.suite}-${arch}`, sha256);
  return (await decompress(bytes, file)).toString('utf8');

  async function fetchAndKeep(): Promise<Buffer> {
    const base = `${mirror}/dists/${release.suite}/${folder}`;
    const answer = (await download(`${base}/by-hash/SHA256/${sha256}`)) ?? (await download(`${base}/${file}`));
    const found = answer && cache.hash(answer.bytes);
    if (!answer || !sha256 || found !== sha256) {
      throw new ImageError({
        code: 'INDEX_UNTRUSTED',
        message: `${base}/${file}: expected sha256 ${sha256} as signed, found ${found ?? 'no file'}; the mirror is being updated (try again in some minutes) or alters files (use another)`,
      });
    }
    await cache.write(sha256, answer.bytes);
    return answer.bytes;
  }
}

function parseStanza(stanza: string, archive: Candidate['archive']): Candidate | undefined {
  const fields = new Map<string, string>();
  for (const line of stanza.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && line[0] !== ' ') fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const [name, version, path, sha256] = ['Package', 'Version', 'Filename', 'SHA256'].map((key) => fields.get(key));
  if (!name || !version || !path || !sha256) return undefined;
  const depends = [fields.get('Pre-Depends'), fields.get('Depends')].filter(Boolean).join(', ');
  const source = fields.get('Source')?.split(' ')[0] ?? name;
  return {
    name,
    version,
    source,
    archive,
    path,
    sha256,
    size: Number(fields.get('Size')),
    depends,
    provides: fields.get('Provides') ?? '',
  };
}
