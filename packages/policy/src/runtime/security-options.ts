const NO_NEW_PRIVILEGES = /^no-new-privileges(?:[:=]|$)/;
const SECCOMP = /^seccomp[:=](.*)$/s;

/** Whether a fact tells of this entry of `security_opt`; any other may take a protection away without one. */
export function isJudged(option: string): boolean {
  return NO_NEW_PRIVILEGES.test(option) || SECCOMP.test(option);
}

/** The engine obeys the last of several, so what is said twice is not believed. */
export function noNewPrivileges(options: readonly string[]): boolean {
  const [said = '', ...others] = options.filter((option) => NO_NEW_PRIVILEGES.test(option));
  return others.length === 0 && /^no-new-privileges(?:[:=]true)?$/.test(said);
}

/**
 * The fact `seccomp` of a list of security options, compose's or the engine's.
 * @param nameOf name of the profile that a value stands for
 */
export function seccomp(options: readonly string[], nameOf: (value: string) => string): string {
  const values = options.flatMap((option) => SECCOMP.exec(option)?.[1] ?? []);
  if (values.length > 1 || !options.every(isJudged)) return 'unknown';
  const [value] = values;
  if (value === undefined) return 'default';
  return value === 'unconfined' ? value : nameOf(value);
}
