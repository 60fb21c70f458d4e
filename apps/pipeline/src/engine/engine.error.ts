export type EngineErrorCode = 'REFUSED' | 'NOT_FOUND' | 'FAILED' | 'UNREACHABLE';

/** The engine, or the filter before it, did not do what it was asked. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;
  /** HTTP status; 0 where there was no answer */
  readonly status: number;

  constructor({ code, status, message, cause }: { code: EngineErrorCode; status: number; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'EngineError';
    this.code = code;
    this.status = status;
  }
}
