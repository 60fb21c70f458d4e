import { failed, sum, type Tally } from './tally.ts';
import type { TestKind } from './jest.ts';

/** How much is tested: `npm test` is `core`. */
export type Extent = 'core' | 'quick' | 'all';

/** What a test run is made of; a test of the run itself answers in their place. */
export interface Parts {
  readonly checks: () => Promise<Tally>;
  readonly tests: (kind: TestKind, title: string) => Promise<Tally>;
  /** an engine, and the images of the working tree */
  readonly prepare: () => Promise<Tally>;
  readonly isRunning: () => Promise<boolean>;
  readonly start: () => Promise<Tally>;
  readonly stop: () => Promise<Tally>;
  /** `words` as after `npm run drill` */
  readonly drills: (title: string, words: readonly string[]) => Promise<Tally>;
}

/** Runs all that belongs to an extent. What cannot run has failed. */
export async function runExtent(extent: Extent, parts: Parts): Promise<Tally> {
  const quick = [await parts.checks(), await parts.tests('unit', 'Unit tests')];
  return sum(extent === 'quick' ? quick : [...quick, ...(await withContainers(extent, parts))]);
}

/**
 * Everything that needs containers. A platform that ran before still runs afterwards; one that was started for the tests is stopped.
 * Integration tests come first: they need an engine and images alone, and a platform beside them would take a part of the machine.
 */
async function withContainers(extent: Extent, parts: Parts): Promise<Tally[]> {
  const ranBefore = await parts.isRunning();
  const prepared = await parts.prepare();
  if (prepared.failed > 0) return [prepared, failed('integration, smoke tests and drills: there is nothing to run containers with')];
  const integration = await parts.tests('integration', 'Integration tests');
  const slow = extent === 'all' ? [await parts.tests('slow', 'Tests that take many minutes')] : [];
  const started = await parts.start();
  const onPlatform =
    started.failed > 0
      ? [failed('smoke tests: the platform did not start'), failed('drills: the platform did not start')]
      : await withPlatform(extent, parts);
  const stopped = ranBefore ? [] : [await parts.stop()];
  return [prepared, integration, ...slow, started, ...onPlatform, ...stopped];
}

async function withPlatform(extent: Extent, { tests, drills }: Parts): Promise<Tally[]> {
  const smoke = await tests('smoke', 'Smoke tests, on the running platform');
  if (extent === 'core') return [smoke, await drills('Core drills: each attack must fail', ['--core'])];
  return [
    smoke,
    await drills('All drills: each attack must fail', []),
    await drills('All drills, control gone: each attack must succeed', ['prove']),
  ];
}
