import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleService } from '@seaworthy/supply-chain/build';
import { loadPipeline } from '../src/jobs/pipeline.declaration.ts';
import { JobsFixture } from './jobs.fixture.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

describe('the job that asks the sources of advisories', () => {
  let fixture: JobsFixture;
  let program: Buffer;
  beforeAll(async () => {
    fixture = await JobsFixture.start();
    const outDir = mkdtempSync(join(tmpdir(), 'advisories-'));
    const { mainFile } = await bundleService({ appDir: join(ROOT, 'apps/pipeline'), entry: 'src/programs/advisories.ts', outDir });
    program = readFileSync(mainFile);
    rmSync(outDir, { recursive: true });
  });
  afterAll(() => fixture.stop());

  it('passes where neither can be reached, and says so to the control plane and to the job that examines', async () => {
    const [shipped] = loadPipeline(join(ROOT, 'pipelines/pipeline.yaml')).filter(({ name }) => name === 'advisories');
    if (!shipped) throw new Error('expected a job called advisories in pipelines/pipeline.yaml');
    const job = { ...shipped, network: 'none' as const };
    const workspace = await fixture.openShipped([job], {
      files: { 'package-lock.json': '{"packages":{"node_modules/left-pad":{"version":"1.2.3"}}}' },
      programs: new Map([['advisories.js', program]]),
    });
    try {
      const { facts } = await workspace.run(job, new AbortController().signal);
      expect(facts['sources']).toEqual([
        { source: 'npm', status: 'unavailable' },
        { source: 'debian', status: 'unavailable' },
      ]);
      const documents = new Map<string, unknown>();
      for await (const { path, content } of workspace.output(job)) documents.set(path, JSON.parse(content.toString('utf8')));
      const code = expect.stringMatching(/^[A-Z_]+$/);
      expect(documents.get('debian.json')).toEqual({ status: 'unavailable', problem: code });
      expect(documents.get('npm.json')).toMatchObject({ status: 'unavailable', problem: expect.stringContaining('expected advisories') });
    } finally {
      await workspace.dispose();
    }
  });
});
