import { UserError, type UserErrorCode } from '../../errors.ts';

/** What one look at the machine or at the clone found. */
export interface Finding {
  readonly id: string;
  /** `error` stops a start; `warning` is said and goes on */
  readonly level: 'ok' | 'warning' | 'error';
  readonly expected: string;
  readonly found: string;
  /** what to do; only where it is not ok */
  readonly remedy?: string;
  /** of the error that a start ends with */
  readonly code?: UserErrorCode;
}

/** Throws when one of the findings stops a start. The message names all of them, the code is the first one's. */
export function assertNoErrors(findings: readonly Finding[]): void {
  const errors = findings.filter((finding) => finding.level === 'error');
  const [first, ...others] = errors;
  if (!first) return;
  throw new UserError({
    code: first.code ?? 'HOST_NOT_READY',
    message:
      others.length === 0
        ? `${first.id}: not as it must be`
        : `${errors.length} things are not as they must be: ${errors.map(({ id }) => id).join(', ')}`,
    expected: first.expected,
    found: first.found,
    remedy: [
      first.remedy ?? 'npm run doctor',
      ...others.map((other) => `and ${other.id}: expected ${other.expected}, found ${other.found}; ${other.remedy ?? 'npm run doctor'}`),
    ].join('\n'),
  });
}
