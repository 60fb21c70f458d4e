import { interrupted } from '../host/interrupt.ts';
import { changeCatalog } from './change-catalog.ts';
import type { Figure } from './figures.ts';
import { WatchingCommand } from './watching-command.ts';

/** A clone that may be changed, and how its commands are to run. */
export interface DevelopedClone {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** From a save to a service that runs with it, and to the tests' answer: what whoever develops a service waits for. */
export async function measureDevelopment(clone: DevelopedClone, runs: number): Promise<Figure[]> {
  return [
    {
      id: 'reload',
      title: 'npm run dev catalog: saved to listening',
      unit: 'ms',
      values: await saves(clone, ['dev', 'catalog'], { started: /^Save a source to reload|✗/, answer: /✓ reloaded in|✗/ }, runs),
      target: 2_000,
    },
    {
      id: 'test-watch',
      title: 'npm run test:watch catalog: saved to the answer',
      unit: 'ms',
      values: await saves(clone, ['test', 'watch', 'catalog'], { started: TESTED, answer: TESTED }, runs),
      target: 3_000,
      note: 'all its unit tests; in a terminal those that have to do with the change',
    },
  ];
}

/** jest's last words but two */
const TESTED = /^Tests: /;

async function saves(
  { root, environment }: DevelopedClone,
  words: readonly string[],
  { started, answer }: { readonly started: RegExp; readonly answer: RegExp },
  runs: number,
): Promise<number[]> {
  const command = new WatchingCommand(root, words, environment);
  let takeBack: (() => void) | undefined;
  try {
    requireGood(await command.says(started));
    const values: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      interrupted.throwIfAborted();
      const since = performance.now();
      const undo = changeCatalog(root);
      takeBack ??= undo;
      requireGood(await command.says(answer));
      values.push(performance.now() - since);
    }
    return values;
  } finally {
    await command.end();
    takeBack?.();
  }
}

function requireGood(line: string): void {
  if (/ failed|✗/.test(line)) throw new Error(`expected a service that runs and tests that pass, found ${line}: nothing was measured`);
}
