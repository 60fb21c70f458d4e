import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCAN_SOURCES } from '@seaworthy/policy';
import type { ScanSource } from '@seaworthy/policy';
import { loadTrust, scanFacts } from '@seaworthy/supply-chain';
import { Option, type Command } from 'commander';
import { UserError } from '../errors.ts';
import { withRunLock } from '../host/run-lock.ts';
import { userPath } from '../host/user-file.ts';
import { promote } from '../platform/promotion.ts';
import { attachReport } from '../scan/attach-report.ts';
import type { Report } from '../scan/attach-report.ts';
import { connectPlatform } from '../start/connect.ts';
import { keyRing } from '../start/key-ring.ts';

export function register(program: Command): void {
  program
    .command('scan')
    .description('take over a report of Trivy or Grype about a released image as signed evidence, and have the image judged by it')
    .argument('<image>', 'such as catalog, or node')
    .argument('<report>', 'file: JSON of trivy image --format json, or of grype --output json')
    .addOption(new Option('--only <source>', 'what the report speaks for; without it: for both').choices(SCAN_SOURCES))
    .addHelpText('after', '\nExample:\n  npm run scan catalog catalog.trivy.json')
    .action(async (image: string, file: string, { only }: { only?: ScanSource }) => {
      const report = { content: readReport(file), sources: only === undefined ? SCAN_SOURCES : [only] };
      await withRunLock('npm run scan', async () => scan(image, report));
    });
}

async function scan(image: string, report: Report): Promise<void> {
  const { instance, access } = await connectPlatform();
  const trust = await loadTrust(join(instance.stateDir, 'trust', 'trust.json'));
  const { signingKeys } = keyRing(instance);
  const attached = await attachReport(
    {
      releases: access.registry(access.workload('deploy')),
      staging: (builder) => access.registry(access.workload(builder)),
      signingKey: (builder) => signingKeys[builder],
      trust,
    },
    image,
    report,
  );
  const { repository, digest, builder, reportedAt, scans } = attached;
  for (const { source, status, findings } of scanFacts(scans)) {
    const severities = findings.map(({ id, package: name, severity }) => `\n  ${severity.padEnd(8)} ${id} in ${name}`);
    console.log(`${source}: ${status}, ${findings.length} findings${severities.join('')}`);
  }
  await promote(access, builder, { repository, digest, tag: digest.slice('sha256:'.length, 'sha256:'.length + 12) });
  console.log(`The gatekeeper let ${image}@${digest.slice(0, 19)} pass, on the report of ${reportedAt.toISOString()}.`);
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(userPath(file), 'utf8'));
  } catch (cause) {
    throw new UserError({
      code: 'USAGE',
      message: `The report ${file} cannot be read`,
      expected: 'a file with JSON',
      found: cause instanceof Error ? cause.message : String(cause),
      remedy: 'trivy image --format json --output <file> <image id>, or grype --output json --file <file> <image id>',
      cause,
    });
  }
}
