import { hasEnded } from '@seaworthy/policy/change';
import type { CommandRunner } from '../command.ts';
import { exceptionsOf } from '../dated-exceptions.ts';
import type { Finding } from './finding.ts';

const DAYS = 30;
const EXPECTED = `dated exceptions of infra/policies that hold for ${DAYS} days more`;

/** Whether an exception of the last commit ends soon: from that day on the pipeline refuses every commit that still needs it. */
export async function examineExceptions(root: string, run?: CommandRunner, now = new Date()): Promise<Finding[]> {
  const exceptions = await exceptionsOf(root, 'HEAD', run);
  const then = new Date(now.getTime() + DAYS * 24 * 3600 * 1000);
  const ending = exceptions.filter((exception) => hasEnded(exception, then));
  if (ending.length === 0)
    return [{ id: 'exceptions', level: 'ok', expected: EXPECTED, found: `${exceptions.length}, none that ends before` }];
  const found = ending.map(({ file, what, expires }) => `the one for ${what} in ${file} ends on ${expires}`).join(', ');
  const remedy = 'take away what it excuses, or give it a later day with its owner, and commit that';
  return [{ id: 'exceptions', level: 'warning', expected: EXPECTED, found, remedy }];
}
