import { describe, expect, it } from '@jest/globals';
import { runExtent, type Extent, type Parts } from '../../src/quality/extent.ts';
import { failed, PASSED, type Tally } from '../../src/quality/tally.ts';

const QUICK = ['checks', 'unit tests'];
const CONTAINERS = [...QUICK, 'prepare', 'integration tests', 'start'];
const ALL = [...QUICK, 'prepare', 'integration tests', 'slow tests', 'start', 'smoke tests', 'drill', 'drill prove', 'stop'];

describe('a test run', () => {
  it.each<[Extent, string[]]>([
    ['quick', QUICK],
    ['core', [...CONTAINERS, 'smoke tests', 'drill --core', 'stop']],
    ['all', ALL],
  ])('of the extent %s runs each of its parts, in this order', async (extent, parts) => {
    const { done, tally } = await run(extent);
    expect(done).toEqual(parts);
    expect(tally).toMatchObject({ passed: parts.length, failed: 0 });
  });

  it.each(['checks', 'unit tests', 'integration tests', 'slow tests', 'smoke tests', 'drill', 'drill prove', 'stop'])(
    'in which %s fail has failed, and goes on',
    async (part) => {
      const { done, tally } = await run('all', [part]);
      expect(tally).toMatchObject({ failed: 1, failures: [part] });
      expect(done).toEqual(ALL);
    },
  );

  it('leaves a platform running that ran before', async () => {
    const { done } = await run('core', [], true);
    expect(done).not.toContain('stop');
  });

  it('without an engine has failed, though no test did', async () => {
    const { done, tally } = await run('core', ['prepare']);
    expect(done).toEqual([...QUICK, 'prepare']);
    expect(tally.failures).toEqual(['prepare', expect.stringMatching(/^integration, smoke tests and drills/)]);
  });

  it('without a platform counts what could not run on it as failed, and stops what did start of it', async () => {
    const { done, tally } = await run('core', ['start']);
    expect(done).toEqual([...CONTAINERS, 'stop']);
    expect(tally.failures).toEqual(['start', expect.stringMatching(/^smoke tests/), expect.stringMatching(/^drills/)]);
  });
});

async function run(extent: Extent, fails: readonly string[] = [], ranBefore = false): Promise<{ done: string[]; tally: Tally }> {
  const done: string[] = [];
  const part = async (name: string): Promise<Tally> => {
    done.push(name);
    return fails.includes(name) ? failed(name) : PASSED;
  };
  const parts: Parts = {
    checks: () => part('checks'),
    tests: (kind) => part(`${kind} tests`),
    prepare: () => part('prepare'),
    isRunning: async () => ranBefore || done.includes('start'),
    start: () => part('start'),
    stop: () => part('stop'),
    drills: (_title, words) => part(['drill', ...words].join(' ')),
  };
  return { done, tally: await runExtent(extent, parts) };
}
