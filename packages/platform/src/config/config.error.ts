/** The configuration is not usable. Names variables and secret files, never their values. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`configuration refused: ${problems.join('; ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
