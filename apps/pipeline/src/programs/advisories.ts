import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { arch } from 'node:process';
import { ContentCache, DebianArchive } from '@seaworthy/images';
import { askSources } from './advisories/ask.sources.ts';
import { jobProgram, PLACES } from './job.program.ts';

/** Asks the sources anew. One that does not answer is a fact to be judged by the policy, never a reason to stop here, and never "clean". */
await jobProgram(async ({ npmRegistry, debianMirror, securityMirror, installed }) => {
  const { npm, debian, outcome } = await askSources({
    npmRegistry,
    lock: readFileSync(join(PLACES.source, 'package-lock.json'), 'utf8'),
    archive: new DebianArchive({ cache: new ContentCache('/tmp/cache'), mirrors: { debian: debianMirror, security: securityMirror } }),
    arch: arch === 'arm64' ? 'arm64' : 'amd64',
    installed,
  });
  writeFileSync(join(PLACES.output, 'npm.json'), JSON.stringify(npm));
  writeFileSync(join(PLACES.output, 'debian.json'), JSON.stringify(debian));
  return outcome;
});
