export type JobErrorCode =
  | 'SOURCE_REFUSED' // the commit holds something that no job may see, or that nobody could read
  | 'JOB_FAILED' // the program said no: lint, types, tests, build
  | 'JOB_CRASHED' // it ended without a result
  | 'JOB_TIMED_OUT'
  | 'JOB_STOPPED' // it was under way when its run ended
  | 'JOB_OUT_OF_MEMORY'
  | 'VOLUMES_LOST' // what holds the files of a run has ended before it
  | 'OUTPUT_REFUSED'; // its output is too large, or holds what an output may not

/** A job did not end well. The message is for the person who pushed the commit. */
export class JobError extends Error {
  readonly code: JobErrorCode;

  constructor({ code, message, cause }: { code: JobErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'JobError';
    this.code = code;
  }
}
