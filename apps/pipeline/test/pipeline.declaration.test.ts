import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPipeline } from '../src/jobs/pipeline.declaration.ts';

const SHIPPED = join(import.meta.dirname, '../../../pipelines/pipeline.yaml');

function load(yaml: string): unknown {
  const directory = mkdtempSync(join(tmpdir(), 'pipeline-'));
  writeFileSync(join(directory, 'p.yaml'), yaml);
  try {
    return loadPipeline(join(directory, 'p.yaml'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
const job = (change: Record<string, unknown> = {}): string => {
  const good = {
    name: 'check',
    program: 'check',
    after: [],
    inputs: ['source'],
    output: '1m',
    network: 'none',
    memory: '64m',
    pids: 8,
    timeoutSeconds: 10,
  };
  return JSON.stringify({ version: 1, jobs: [{ ...good, ...change }] });
};

describe('pipelines/pipeline.yaml', () => {
  it('gives a way out to those jobs alone that fetch, and they see neither packages nor results', () => {
    const jobs = loadPipeline(SHIPPED);
    expect(jobs.map(({ name }) => name)).toEqual(['fetch', 'advisories', 'inspect', 'check', 'build', 'examine', 'exercise']);
    expect(jobs.filter(({ network }) => network === 'egress').map(({ name, inputs }) => ({ name, inputs }))).toEqual([
      { name: 'fetch', inputs: ['source'] },
      { name: 'advisories', inputs: ['source'] },
    ]);
  });
  it('lets nothing of a change run beside the jobs that judge it: those that see packages or candidates have no network out', () => {
    const jobs = loadPipeline(SHIPPED);
    expect(jobs.filter(({ network }) => network === 'candidate').map(({ name, inputs }) => ({ name, inputs }))).toEqual([
      { name: 'exercise', inputs: [] },
    ]);
    expect(jobs.find(({ name }) => name === 'inspect')).toMatchObject({ inputs: ['source'], network: 'none' });
  });
  it.each([
    ['an unknown network', job({ network: 'bridge' })],
    ['privileges', job({ privileged: true })],
    ['a mount', job({ mounts: ['/var/run/docker.sock'] })],
    ['a program with a path', job({ program: '../../x' })],
    ['a shell command', job({ run: 'npm test' })],
    ['no time limit', job({ timeoutSeconds: undefined })],
    ['a job that comes after one that is not there', job({ after: ['build'] })],
    ['no jobs', '{"version":1,"jobs":[]}'],
  ])('refuses %s', (_what, yaml) => {
    expect(() => load(yaml)).toThrow('p.yaml');
  });
});
