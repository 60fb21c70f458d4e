import { SCAN_SOURCES } from '../facts.ts';
import type { Reason } from '../verdict.ts';
import type { Rule } from './rule.ts';

const HOUR_MS = 3_600_000;

/** Silence is never "clean". */
export const scanAnswered: Rule = (policy, { scans, evidence, now }) => {
  if (!evidence.some(({ predicate }) => predicate === 'vulnerabilities')) return [];
  return SCAN_SOURCES.flatMap((source): Reason[] => {
    const scan = scans.find((candidate) => candidate.source === source);
    if (scan?.status === 'answered' || scan?.status === 'nothing-to-ask') return [];
    const tolerated = policy.scans[source].unavailableToleratedHours;
    const last = scan?.lastAnswer;
    if (last && now.getTime() - last.getTime() <= tolerated * HOUR_MS) return [];
    const found = last ? `its last one from ${last.toISOString()}` : 'that it has never given one';
    const message = `expected an answer of the ${source} advisories at most ${tolerated} hours old, found ${found}; let the source be reached, or have an exception approved`;
    return [{ code: 'SCAN_UNAVAILABLE', source, everAnswered: last !== undefined, message }];
  });
};
