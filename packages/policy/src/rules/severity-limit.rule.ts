import { SEVERITIES, type Severity } from '../facts.ts';
import type { TierPolicy } from '../tier.policy.ts';
import type { Rule } from './rule.ts';

type ScanRule = TierPolicy['scans']['npm'];

export const severityLimit: Rule = (policy, { scans }) =>
  scans.flatMap(({ source, findings }) =>
    findings
      .filter(({ severity }) => isTooSevere(severity, policy.scans[source]))
      .map(({ id, package: name, severity, fixedVersion }) => ({
        code: 'VULNERABILITY_TOO_SEVERE',
        source,
        finding: id,
        message: `expected nothing of severity ${policy.scans[source].refuseFrom} or above, found ${id} (${severity}) in ${name}; ${fixedVersion ? `update it to ${fixedVersion}` : 'no fix is known: have an exception approved, or do without it'}`,
      })),
  );

function isTooSevere(severity: Severity, { refuseFrom, refuseUnknown }: ScanRule): boolean {
  return severity === 'unknown' ? refuseUnknown : SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(refuseFrom);
}
