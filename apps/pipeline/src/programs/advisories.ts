import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { arch } from 'node:process';
import { ContentCache, DebianArchive } from '@seaworthy/images';
import { fetchAdvisories } from '@seaworthy/supply-chain';
import { z } from 'zod';
import { jobProgram, PLACES } from './job.program.ts';
import type { JobOptions } from './job.program.ts';

const Lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), link: z.boolean().optional(), name: z.string().optional() })),
});

/** Asks the sources anew. One that does not answer is a fact to be judged by the policy, never a reason to stop here, and never "clean". */
await jobProgram(async (options) => {
  const [npm, debian] = await Promise.all([askRegistry(options), askDistribution(options)]);
  writeFileSync(join(PLACES.output, 'npm.json'), JSON.stringify(npm));
  writeFileSync(join(PLACES.output, 'debian.json'), JSON.stringify(debian));
  const answered = { npm: npm.status === 'answered', debian: debian.status === 'answered' };
  const said = [
    answered.npm ? 'npm registry answered' : `npm registry: unavailable (${'problem' in npm ? npm.problem : ''})`,
    debian.status === 'answered' ? `trixie-security of ${debian.date}` : `trixie-security: unavailable (${debian.problem})`,
  ];
  return { outcome: 'passed', summary: said.join('; '), facts: { answered } };
});

async function askRegistry({ npmRegistry }: JobOptions): ReturnType<typeof fetchAdvisories> {
  const { packages } = Lock.parse(JSON.parse(readFileSync(join(PLACES.source, 'package-lock.json'), 'utf8')));
  const pinned = Object.entries(packages).flatMap(([path, { version, link, name }]) => {
    const at = path.lastIndexOf('node_modules/');
    return at < 0 || link || !version ? [] : [{ name: name ?? path.slice(at + 'node_modules/'.length), version }];
  });
  return fetchAdvisories({ registry: npmRegistry, packages: pinned });
}

type SecuritySuite =
  | { status: 'answered'; date: string; packages: Record<string, { version: string; source: string }> }
  | { status: 'unavailable'; problem: string };

/** The security suite, its signature checked against Debian's keys; what it says of the packages that our base images have. */
async function askDistribution({ debianMirror, securityMirror, installed }: JobOptions): Promise<SecuritySuite> {
  try {
    const archive = new DebianArchive({
      cache: new ContentCache('/tmp/cache'),
      mirrors: { debian: debianMirror, security: securityMirror },
    });
    const index = await archive.security(arch === 'arm64' ? 'arm64' : 'amd64');
    const found = installed.flatMap((name) => {
      const candidate = index.find(name);
      return candidate ? [[name, { version: candidate.version, source: candidate.source }] as const] : [];
    });
    return { status: 'answered', date: index.date.toISOString(), packages: Object.fromEntries(found) };
  } catch (error) {
    return { status: 'unavailable', problem: error instanceof Error && 'code' in error ? String(error.code) : 'no answer' };
  }
}
