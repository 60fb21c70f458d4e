/** One thing against a change, as the person who made it needs to see it. */
export interface ChangeFinding {
  /** relative to the root of the repository */
  readonly file: string;
  /** from 1 */
  readonly line: number;
  readonly rule: string;
  /** expected, found, what to do */
  readonly message: string;
}

/** As compilers write it, so that editors and terminals lead to the place. */
export function printFinding({ file, line, rule, message }: ChangeFinding): string {
  return `${file}:${line}: ${rule}: ${message}`;
}
