import { askDistribution, fetchAdvisories, scanNpm } from '@seaworthy/supply-chain';
import type { AdvisoryAnswer, DistributionAnswer, DistributionQuestion } from '@seaworthy/supply-chain';
import { z } from 'zod';
import type { Outcome } from '../job.program.ts';

/** Less than the job may take: a source that hangs is one that does not answer. */
const TIMEOUT_MS = 40_000;

const Lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), link: z.boolean().optional(), name: z.string().optional() })),
});

interface Sources extends Omit<DistributionQuestion, 'timeoutMs'> {
  readonly npmRegistry: string;
  /** text of package-lock.json */
  readonly lock: string;
}

/** What each source said, and whether it can be read: what cannot is no answer, and must not be remembered as one. */
export async function askSources({ npmRegistry, lock, ...distribution }: Sources): Promise<{
  npm: AdvisoryAnswer;
  debian: DistributionAnswer;
  outcome: Outcome;
}> {
  const packages = pinned(lock);
  const [npm, debian] = await Promise.all([
    fetchAdvisories({ registry: npmRegistry, packages }),
    askDistribution({ ...distribution, timeoutMs: TIMEOUT_MS }),
  ]);
  const { status, problem } = scanNpm({ packages, answer: npm });
  const said = [
    status === 'unavailable' ? `npm registry: unavailable (${problem ?? ''})` : 'npm registry answered',
    debian.status === 'answered' ? `trixie-security of ${debian.date}` : `trixie-security: unavailable (${debian.problem})`,
  ];
  const sources = [
    { source: 'npm', status },
    { source: 'debian', status: debian.status },
  ];
  return { npm, debian, outcome: { outcome: 'passed', summary: said.join('; '), facts: { sources } } };
}

/** Every package that the lock names, at its version. */
function pinned(lock: string): { name: string; version: string }[] {
  const { packages } = Lock.parse(JSON.parse(lock));
  return Object.entries(packages).flatMap(([path, { version, link, name }]) => {
    const at = path.lastIndexOf('node_modules/');
    return at < 0 || link || !version ? [] : [{ name: name ?? path.slice(at + 'node_modules/'.length), version }];
  });
}
