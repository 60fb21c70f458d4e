export type PolicyErrorCode = 'POLICY_FILE_MISSING' | 'POLICY_FILE_MALFORMED';

/** A declaration that cannot be read as what it has to be; the message names file, path and what was expected. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code: PolicyErrorCode;

  constructor({ code, message, cause }: { code: PolicyErrorCode; message: string; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
