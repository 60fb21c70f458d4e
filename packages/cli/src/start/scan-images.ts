import type { BuiltImage, DebianArchive } from '@seaworthy/images';
import { AdvisorySources, askDistribution, fetchAdvisories, previousAnswer, scanNpm, scanOs } from '@seaworthy/supply-chain';
import type { ScanResult } from '@seaworthy/supply-chain';

/** Some hundred MB of fixed packages, where images are some months old. */
const DISTRIBUTION_TIMEOUT_MS = 120_000;

interface Surroundings {
  /** where it is kept when each source answered last */
  readonly lastAnswersFile: string;
  readonly npmRegistry: string;
  readonly archive: Pick<DebianArchive, 'security' | 'changelog'>;
}

/** What the sources of advisories say about base images, by name; each source is asked once about all of them. */
export async function scanImages(
  images: readonly Pick<BuiltImage, 'name' | 'arch' | 'packages' | 'npm'>[],
  { lastAnswersFile, npmRegistry, archive }: Surroundings,
): Promise<ReadonlyMap<string, ScanResult[]>> {
  const sources = new AdvisorySources(lastAnswersFile);
  const last = sources.lastAnswers();
  const npmPackages = images.flatMap(({ npm }) => npm);
  const [debian, npm] = await Promise.all([
    askDistribution({
      archive,
      arch: images[0]?.arch ?? 'amd64',
      installed: images.flatMap(({ packages }) => packages),
      timeoutMs: DISTRIBUTION_TIMEOUT_MS,
    }),
    npmPackages.length === 0 ? undefined : fetchAdvisories({ registry: npmRegistry, packages: npmPackages }),
  ]);
  const now = new Date();
  const scans = images.map(({ name, packages, npm: own }): [string, ScanResult[]] => [
    name,
    [
      scanOs({ installed: packages, answer: debian, now, ...previousAnswer(last, 'debian') }),
      scanNpm({ packages: own, ...(npm ? { answer: npm } : {}), ...previousAnswer(last, 'npm') }),
    ],
  ]);
  sources.record(
    scans.flatMap(([, ofImage]) => ofImage),
    now,
  );
  return new Map(scans);
}
