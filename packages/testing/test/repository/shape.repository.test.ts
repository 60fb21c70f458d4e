import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { containersInUnitTests } from './containers.ts';
import { manifests, ROOT, sources, textOf } from './workspaces.ts';

/** One file, one idea: a longer one holds two. */
const LONGEST = 250;
/** Names that say nothing invite everything. */
const EMPTY_NAMES = /^(utils?|helpers?|common|misc|shared|lib)$/;

describe('shape of the source', () => {
  it(`has no file of more than ${LONGEST} lines`, () => {
    const long = sources().filter((file) => !file.includes('/test/') && !file.endsWith('.test.ts') && linesOf(file) > LONGEST);
    expect(long).toEqual([]);
  });

  it('has no file or folder whose name says nothing', () => {
    const empty = sources().filter((file) => file.split('/').some((part) => EMPTY_NAMES.test(part.split('.')[0] ?? '')));
    expect(empty).toEqual([]);
  });

  it('lists the names of every package one by one', () => {
    const starred = manifests()
      .map(({ folder }) => `${folder}/src/index.ts`)
      .filter((file) => existsSync(join(ROOT, file)) && /export \*/.test(textOf(file)));
    expect(starred).toEqual([]);
  });

  it('skips no test', () => {
    const skipping = sources().filter(
      (file) => file.endsWith('.test.ts') && /\b(?:it|test|describe)\.(?:skip|todo|only)\b|\bx(?:it|describe)\(/.test(textOf(file)),
    );
    expect(skipping.map((file) => basename(file)).filter((name) => name !== basename(import.meta.filename))).toEqual([]);
  });

  it('reads the environment in one place, in apps and in what they share', () => {
    const reading = sources().filter(
      (file) =>
        /^(?:apps\/[^/]+|packages\/platform)\/src\/.*(?<!\.test\.ts)$/.test(file) &&
        /\bprocess\??\.env\b|\bprocess\[|\benv\b[^;]*\} = process\b|\benv\b[^;]*\} from '(?:node:)?process'/.test(textOf(file)),
    );
    expect(reading.toSorted()).toEqual([
      // holds the engine's socket: it does without the platform's packages, and reads once too
      'apps/engine-filter/src/main.ts',
      // programs of jobs: what the control plane tells a container that lives for one job
      'apps/pipeline/src/programs/exercise.ts',
      'apps/pipeline/src/programs/job.program.ts',
      // hands it on to the tool that the job runs
      'apps/pipeline/src/programs/run.command.ts',
      'packages/platform/src/config/config-source.ts',
    ]);
  });

  it('loads nothing that needs containers into unit tests', () => {
    expect(containersInUnitTests()).toEqual([
      // these ask a server of their own
      'packages/cli/test/debug/replica.test.ts: dockerode',
      'packages/cli/test/engine/load-layout.test.ts: dockerode',
    ]);
  });

  it('names no other machine: neither a mirror nor a registry of packages', () => {
    const naming = sources().filter(
      (file) =>
        /\b(?:deb\.debian\.org|security\.debian\.org|registry\.npmjs\.org)\b/.test(textOf(file)) &&
        dirname(file) !== 'packages/testing/test/repository',
    );
    expect(naming).toEqual([]);
  });
});

describe('the look for containers in unit tests', () => {
  it.each([
    ['the test itself', { 'a/x.test.ts': "import { engine } from '@seaworthy/testing';" }, ['a/x.test.ts: @seaworthy/testing']],
    [
      'a fixture of its fixture, over lines',
      {
        'a/x.test.ts': "import { it } from '@jest/globals';\nimport { y } from './y.fixture.ts';",
        'a/y.fixture.ts': "export { z } from './deep/z.ts';",
        'a/deep/z.ts': "import {\n  GenericContainer,\n} from 'testcontainers';",
      },
      ['a/deep/z.ts: testcontainers'],
    ],
    ['what is loaded later', { 'a/x.test.ts': ['await import(', "'dockerode');"].join('') }, ['a/x.test.ts: dockerode']],
    ['no type', { 'a/x.test.ts': "import type Docker from 'dockerode';" }, []],
    ['no subpath that needs none', { 'a/x.test.ts': "import { testAuthority } from '@seaworthy/testing/trust';" }, []],
    ['no test with containers', { 'a/x.integration.test.ts': "import { engine } from '@seaworthy/testing';" }, []],
  ])('finds %s', (_, files: Record<string, string>, found) => {
    expect(containersInUnitTests(Object.keys(files), (file) => files[file])).toEqual(found);
  });
});

function linesOf(file: string): number {
  return textOf(file).split('\n').length;
}
