export type SourceErrorCode =
  | 'AUTHOR_MALFORMED' // who wrote or committed it is not said, or not in a form that can be read
  | 'SIGNATURE_MISSING' // the policy asks for one
  | 'SIGNATURE_INVALID' // it is not one of what it stands on
  | 'SIGNATURE_UNTRUSTED' // it is sound, and by nobody whose signature counts
  | 'PATH_PROTECTED' // the change touches what decides about everything else, and nobody may start that but the operator
  | 'SIGNERS_MALFORMED'; // the list of allowed signers cannot be read

/** A commit does not come from whom it has to, or changes what it may not. The message is for the person who pushed it. */
export class SourceError extends Error {
  readonly code: SourceErrorCode;

  constructor({ code, message, cause }: { code: SourceErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'SourceError';
    this.code = code;
  }
}
