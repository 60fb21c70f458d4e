import type { Architecture, DebianArchive } from '@seaworthy/images';
import { compareDebianVersions } from '@seaworthy/images/debian-version';

import type { OsPackage } from '../sbom/packages.ts';

/** The security suite's word about what is installed, or why there is none. JSON can carry it from one program to another. */
export type DistributionAnswer =
  | {
      status: 'answered';
      /** `Date` of the signed Release file, RFC 3339 */
      date: string;
      /** the suite's version of each installed package that it has, by name */
      packages: Record<string, { version: string; source: string }>;
      /** debian/changelog of what is newer there than installed, by source package, where it could be had in time: it names CVE ids */
      changelogs: Record<string, string>;
    }
  | { status: 'unavailable'; problem: string };

export interface DistributionQuestion {
  /** verifies the archive's signatures; see @seaworthy/images */
  archive: Pick<DebianArchive, 'security' | 'changelog'>;
  arch: Architecture;
  installed: readonly Pick<OsPackage, 'name' | 'version'>[];
  /** after which it is silent; what was fetched of the changelogs until then counts */
  timeoutMs: number;
}

type Candidate = Parameters<DebianArchive['changelog']>[0];

/** A changelog comes in its package, of some MB now and then. */
const PARALLEL = 4;

/**
 * Asks Debian's security suite, and for the changelogs of what is outdated. Never throws: a source that does not answer is a fact to be
 * recorded, by its error's code alone, for messages name mirrors, and what is in their addresses.
 */
export async function askDistribution({ archive, arch, installed, timeoutMs }: DistributionQuestion): Promise<DistributionAnswer> {
  const silent = AbortSignal.timeout(timeoutMs);
  try {
    const index = await before(silent, async () => archive.security(arch));
    const packages = new Map<string, Candidate>();
    const outdated = new Map<string, Candidate>();
    for (const { name, version } of installed) {
      const candidate = index.find(name);
      if (candidate === undefined) continue;
      packages.set(name, candidate);
      if (compareDebianVersions(version, candidate.version) < 0) outdated.set(candidate.source, candidate);
    }
    const changelogs = await fetchChangelogs(archive, [...outdated.values()], silent);
    const found = [...packages].map(([name, { version, source }]) => [name, { version, source }] as const);
    return { status: 'answered', date: index.date.toISOString(), packages: Object.fromEntries(found), changelogs };
  } catch (error) {
    return { status: 'unavailable', problem: silent.aborted ? 'TIMEOUT' : codeOf(error) };
  }
}

/** A label that cannot be had takes nothing from the finding. */
async function fetchChangelogs(
  archive: DistributionQuestion['archive'],
  outdated: readonly Candidate[],
  silent: AbortSignal,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const queue = outdated.values();
  const work = async (): Promise<void> => {
    for (const candidate of queue) {
      const changelog = await before(silent, async () => archive.changelog(candidate)).catch(() => undefined);
      if (changelog !== undefined) found[candidate.source] = changelog;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return found;
}

async function before<T>(silent: AbortSignal, work: () => Promise<T>): Promise<T> {
  silent.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(silent.reason);
  silent.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work(), promise]);
  } finally {
    silent.removeEventListener('abort', end);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no answer';
}
