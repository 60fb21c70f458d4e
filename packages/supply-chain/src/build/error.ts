/**
 * Why a service could not be built. Closed: callers switch over it.
 *
 * - `BUNDLE_FAILED`: the bundler refused the sources.
 * - `PARENT_INVALID`: the parent image cannot carry a service.
 * - `FILE_MISSING`: the service card names a file that is not there.
 * - `COMMIT_UNKNOWN`: the repository has no such commit.
 * - `LOCK_MISMATCH`: the commit's lockfile asks for other packages than those that are installed.
 */
export type BuildErrorCode = 'BUNDLE_FAILED' | 'PARENT_INVALID' | 'FILE_MISSING' | 'COMMIT_UNKNOWN' | 'LOCK_MISMATCH';

export class BuildError extends Error {
  override readonly name = 'BuildError';
  readonly code: BuildErrorCode;

  constructor({ code, message, cause }: { code: BuildErrorCode; message: string; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
