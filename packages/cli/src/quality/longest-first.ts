import { statSync } from 'node:fs';

/** Integration tests that take longest, the longest first: one that is begun last keeps a worker busy alone. */
export const LONGEST = [
  'apps/pipeline/test/exercise.integration.test.ts',
  'packages/images/test/every-image.integration.test.ts',
  'packages/cli/test/develop/develop.integration.test.ts',
  'packages/cli/test/develop/shop.integration.test.ts',
  'packages/cli/test/debug/debug.integration.test.ts',
  'packages/cli/test/bench/development.integration.test.ts',
  'apps/pipeline/test/inspect.integration.test.ts',
  'apps/pipeline/test/isolation.integration.test.ts',
  'apps/catalog/test/edge.integration.test.ts',
  'packages/images/test/starts.integration.test.ts',
  'packages/supply-chain/test/promote/promote.integration.test.ts',
];

interface File {
  readonly path: string;
}

/** The order of jest's files in a fresh clone, where jest itself knows nothing of how long each takes. */
export default class LongestFirst {
  sort<Test extends File>(tests: readonly Test[]): Test[] {
    return tests.toSorted((one, other) => rankOf(one) - rankOf(other) || statSync(other.path).size - statSync(one.path).size);
  }

  // what jest would remember of this run: nothing is read of it
  cacheResults(): void {}
}

function rankOf({ path }: File): number {
  const rank = LONGEST.findIndex((file) => path.endsWith(`/${file}`));
  return rank === -1 ? LONGEST.length : rank;
}
