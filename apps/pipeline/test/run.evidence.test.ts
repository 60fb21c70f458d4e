import { afterEach, describe, expect, it } from '@jest/globals';
import type { Readable } from 'node:stream';
import { SOURCE_MAPS_LIMIT } from '@seaworthy/supply-chain';
import { EngineError } from '../src/engine/engine.error.ts';
import type { JobResult } from '../src/jobs/job.runner.ts';
import type { JobDeclaration } from '../src/jobs/pipeline.declaration.ts';
import { readUntrustedTar, writeTar, type TarLimits } from '../src/jobs/tar.rules.ts';
import { collectEvidence } from '../src/runs/run.evidence.ts';
import type { RunPlan } from '../src/runs/run.plan.ts';

const FILE = 'catalog.source-maps.json.gz';
const JOBS = ['inspect', 'check', 'build', 'examine'].map((name) => ({ name, output: '64m' }) as JobDeclaration);
const said = (facts: object = {}): JobResult => ({ outcome: 'passed', summary: '', problems: [], facts: { checks: [], ...facts } });
const COLLECTED = {
  run: 'run-1',
  commit: 'c'.repeat(40),
  lockHash: 'd'.repeat(64),
  source: { author: 'Ada', committer: 'Ada', signature: { status: 'absent' as const }, requestedBy: 'ada', protectedPaths: [] },
  startedOn: new Date(),
  plan: { hashes: new Map(), check: [] } as unknown as RunPlan,
  results: new Map([
    ['inspect', said()],
    ['check', said({ tests: { passed: 1 } })],
    ['examine', said()],
  ]),
};

describe('the source maps that the build job has put out', () => {
  let asked: { path: string; limits: TarLimits | undefined }[] = [];
  afterEach(() => {
    asked = [];
  });

  /** @param files what lies in the volume of the build job, as an archive of the engine has it: the last part of the path */
  const evidence = async (files: Readonly<Record<string, () => Readable>>) => {
    const workspace = {
      async *output({ name }: JobDeclaration, path = '', limits: TarLimits = { entries: 20_000, bytes: 64 * 1024 ** 2 }) {
        if (name === 'examine') return;
        asked.push({ path, limits });
        const archive = files[path.slice(1)];
        if (!archive) throw new EngineError({ code: 'NOT_FOUND', status: 404, message: `no such file: ${path}` });
        yield* readUntrustedTar(archive(), limits);
      },
    };
    return collectEvidence(JOBS, workspace, COLLECTED);
  };

  it('are read for the one service that is asked about, and only then', async () => {
    const { sourceMaps } = await evidence({ [FILE]: () => writeTar(({ file }) => file(FILE, 'maps')) });
    expect(asked).toEqual([]);
    expect((await sourceMaps('catalog')).toString()).toBe('maps');
    expect(asked).toEqual([{ path: `/${FILE}`, limits: { entries: 1, bytes: SOURCE_MAPS_LIMIT } }]);
  });

  it.each<[string, Readonly<Record<string, () => Readable>>]>([
    ['are not there', {}],
    ['are no file', { [FILE]: () => writeTar(() => undefined) }],
  ])('are asked for by name when they %s', async (_what, files) => {
    const { sourceMaps } = await evidence(files);
    await expect(sourceMaps('catalog')).rejects.toMatchObject({
      code: 'OUTPUT_REFUSED',
      message: `expected ${FILE} from build, found none`,
    });
  });

  it.each<[string, () => Readable]>([
    ['too large', () => writeTar(({ file }) => file(FILE, Buffer.alloc(SOURCE_MAPS_LIMIT + 1)))],
    ['a link', () => writeTar(({ link }) => link(FILE, '/etc/passwd'))],
  ])('are refused when they are %s', async (_what, archive) => {
    const { sourceMaps } = await evidence({ [FILE]: archive });
    await expect(sourceMaps('catalog')).rejects.toMatchObject({ code: 'OUTPUT_REFUSED', message: expect.stringContaining(FILE) });
  });
});
