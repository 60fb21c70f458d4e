export type GitErrorCode = 'COMMIT_MALFORMED' | 'GIT_BUSY' | 'GIT_FAILED' | 'OUTPUT_TOO_LARGE' | 'PUSH_MALFORMED';

export class GitError extends Error {
  readonly code: GitErrorCode;

  constructor({ code, message, cause }: { code: GitErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'GitError';
    this.code = code;
  }
}
