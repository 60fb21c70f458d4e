/** The configuration is not usable. Names variables, files and fields, never their values. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';

  constructor(problems: readonly string[]) {
    super(`configuration refused: ${problems.join('; ')}`);
    this.name = 'ConfigError';
  }
}
