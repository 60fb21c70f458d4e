import type { PublicKey } from 'openpgp';
import type { ContentCache } from '../cache/content.cache.ts';
import type { Architecture } from '../declaration/image.schema.ts';
import { loadKeyring } from './keyring.ts';
import { findMirrors } from './mirrors.ts';
import type { Mirrors } from './mirrors.ts';
import { changelogOf } from '../deb/changelog.ts';
import { openDeb } from '../deb/deb.ts';
import { ensurePackages } from '../cache/packages.download.ts';
import { PackagesIndex, fetchPackages } from './packages.index.ts';
import type { Candidate } from './packages.index.ts';
import { fetchRelease } from './release.index.ts';
import type { ReleaseIndex } from './release.index.ts';

/** The suites that images are made from: a stable release, what it is being corrected by, and its security fixes. */
export const SUITES = [
  { suite: 'trixie', archive: 'debian' },
  { suite: 'trixie-updates', archive: 'debian' },
  { suite: 'trixie-security', archive: 'security' },
] as const;

/** Verified indexes, fetched once and shared by all images that are being locked. */
export class DebianArchive {
  readonly #options: { cache: ContentCache; mirrors?: Mirrors; keyring?: PublicKey[]; now?: Date };
  #releases: Promise<ReleaseIndex[]> | undefined;
  readonly #packages = new Map<Architecture, Promise<PackagesIndex>>();

  constructor(options: { cache: ContentCache; mirrors?: Mirrors; keyring?: PublicKey[]; now?: Date }) {
    this.#options = options;
  }

  /** The signed indexes, in the order of SUITES. */
  async releases(): Promise<ReleaseIndex[]> {
    this.#releases ??= (async () => {
      const mirrors = await this.#mirrors();
      const keyring = this.#options.keyring ?? (await loadKeyring());
      const { now } = this.#options;
      return Promise.all(
        SUITES.map(({ suite, archive }) => fetchRelease({ mirror: mirrors[archive], suite, keyring, ...(now && { now }) })),
      );
    })();
    return this.#releases;
  }

  /** All packages of an architecture. */
  async packages(arch: Architecture): Promise<PackagesIndex> {
    const known = this.#packages.get(arch) ?? this.#load(arch);
    this.#packages.set(arch, known);
    return known;
  }

  /** The security suite alone: what an installed version is compared with to know whether a fix is pending. */
  async security(arch: Architecture): Promise<{ date: Date; find: PackagesIndex['find'] }> {
    const position = SUITES.findIndex(({ archive }) => archive === 'security');
    const release = (await this.releases())[position];
    if (!release) throw new TypeError('expected a security suite in SUITES');
    const mirrors = await this.#mirrors();
    const index = new PackagesIndex();
    index.add(await fetchPackages({ mirror: mirrors.security, release, arch, cache: this.#options.cache }), 'security');
    return { date: new Date(release.date), find: (name) => index.find(name) };
  }

  /** debian/changelog of a package of the archive: it names the CVE ids that a version fixes. Undefined when the package carries none. */
  async changelog(candidate: Candidate): Promise<string | undefined> {
    const { cache } = this.#options;
    await ensurePackages({ packages: [candidate], cache, mirrors: async () => this.#mirrors() });
    const bytes = await cache.read(candidate.sha256);
    return bytes && changelogOf(await openDeb(bytes));
  }

  async #load(arch: Architecture): Promise<PackagesIndex> {
    const mirrors = await this.#mirrors();
    const releases = await this.releases();
    const index = new PackagesIndex();
    for (const [position, { archive }] of SUITES.entries()) {
      const release = releases[position];
      if (release) index.add(await fetchPackages({ mirror: mirrors[archive], release, arch, cache: this.#options.cache }), archive);
    }
    return index;
  }

  async #mirrors(): Promise<Mirrors> {
    return this.#options.mirrors ?? findMirrors();
  }
}
