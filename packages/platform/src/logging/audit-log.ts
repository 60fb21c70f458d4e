import type { PlatformLogger } from './logger.ts';

interface AuditRecord {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Who used which right, and who was refused it: lines of the log that no `LOG_LEVEL` silences. */
export class AuditLog {
  readonly #logger: PlatformLogger;

  constructor(logger: PlatformLogger) {
    this.#logger = logger.child({ context: 'audit' }, { level: 'info' });
  }

  write({ msg, ...fields }: AuditRecord): void {
    this.#logger.info(fields, msg);
  }

  /** Somebody failed to show who they are. */
  warn({ msg, ...fields }: AuditRecord): void {
    this.#logger.warn(fields, msg);
  }
}
