import type { ImageErrorCode } from '@seaworthy/images';

/** Exit codes of the command; those above 63 are sysexits.h's. Documented in docs/reference and in `--help`. */
export const EXIT = {
  ok: 0,
  /** it ran, and something is not as it must be: a test, a drill, a verification failed */
  failed: 1,
  usage: 2,
  /** EX_UNAVAILABLE: the engine, the network or a mirror does not answer */
  unavailable: 69,
  /** EX_TEMPFAIL: another run is going on */
  busy: 75,
  /** EX_CONFIG: this machine or this clone is not as it must be */
  config: 78,
  /** 128 + SIGINT */
  interrupted: 130,
} as const;

/** Closed set of what a user can mend; each has its exit code. */
export const EXIT_OF = {
  USAGE: EXIT.usage,
  FAILED: EXIT.failed,
  VERIFICATION_FAILED: EXIT.failed,
  NOT_REPRODUCED: EXIT.failed,
  ENGINE_MISSING: EXIT.config,
  ENGINE_OLD: EXIT.config,
  ENGINE_UNREACHABLE: EXIT.unavailable,
  COMPOSE_MISSING: EXIT.config,
  NETWORK_UNREACHABLE: EXIT.unavailable,
  ARCHIVE_REFUSED: EXIT.unavailable,
  DECLINED: EXIT.config,
  NO_SPACE: EXIT.config,
  PORT_TAKEN: EXIT.config,
  SUBNET_TAKEN: EXIT.config,
  CLOCK_OFF: EXIT.config,
  NO_REPOSITORY: EXIT.config,
  NO_COMMIT: EXIT.config,
  NOT_RUNNING: EXIT.config,
  HOST_NOT_READY: EXIT.config,
  NOT_WRITABLE: EXIT.config,
  BUSY: EXIT.busy,
  INTERRUPTED: EXIT.interrupted,
} as const;
export type UserErrorCode = keyof typeof EXIT_OF;

/** Of the packages' own errors, those that say no more than a user's: what this machine lacks, and a mirror that is of no use. */
export const EXIT_OF_IMAGE_ERROR = {
  CLOCK_OFF: EXIT.config,
  KEYRING_MISSING: EXIT.config,
  MIRROR_UNKNOWN: EXIT.config,
  MIRROR_UNREACHABLE: EXIT.unavailable,
  INDEX_EXPIRED: EXIT.unavailable,
  INDEX_OLDER: EXIT.unavailable,
  INDEX_UNTRUSTED: EXIT.unavailable,
  NPM_UNAVAILABLE: EXIT.unavailable,
} as const satisfies Partial<Record<ImageErrorCode, number>>;

export interface UserErrorOptions {
  readonly code: UserErrorCode;
  /** one line: what went wrong */
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  /** what to do about it */
  readonly remedy: string;
  readonly cause?: unknown;
}

/** Something the user can mend: shown as message, expected, found, do; its stack only when asked for. */
export class UserError extends Error {
  readonly code: UserErrorCode;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly remedy: string;

  constructor(options: UserErrorOptions) {
    super(options.message, { cause: options.cause });
    this.name = 'UserError';
    this.code = options.code;
    this.expected = options.expected;
    this.found = options.found;
    this.remedy = options.remedy;
  }

  get exitCode(): number {
    return EXIT_OF[this.code];
  }
}
