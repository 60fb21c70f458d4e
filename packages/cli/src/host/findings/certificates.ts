import { join } from 'node:path';
import { RENEW_INTERMEDIATE_MS } from '@seaworthy/contracts';
import { endOfIntermediate } from '../../ca/renewal.ts';
import { duration } from '../../ui/duration.ts';
import type { Finding } from './finding.ts';

const EXPECTED = `certificates that last for ${duration(RENEW_INTERMEDIATE_MS)} more`;
const REMEDY = 'npm start renews them; nothing else does';

/** Whether the platform's certificates are about to end, all on one day: with the intermediate that signs them. Nothing where there is none yet. */
export function examineCertificates(stateDir: string, now: number = Date.now()): Finding[] {
  const end = endOfIntermediate(join(stateDir, 'ca'));
  if (end === undefined) return [];
  const left = end.getTime() - now;
  const day = end.toISOString().slice(0, 10);
  if (left <= 0) return [warning(`all of them ended on ${day}: nobody can speak to the platform`)];
  if (left <= RENEW_INTERMEDIATE_MS) return [warning(`all of them end on ${day}, in ${duration(left)}`)];
  return [{ id: 'certificates', level: 'ok', expected: EXPECTED, found: `until ${day}` }];
}

/** Not an error: a start is what mends it. */
function warning(found: string): Finding {
  return { id: 'certificates', level: 'warning', expected: EXPECTED, found, remedy: REMEDY };
}
