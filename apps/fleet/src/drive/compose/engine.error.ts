/** UNREACHABLE: no engine behind the filter, or no filter. REFUSED: the filter says no. GONE: there is no such container (any more). */
export type EngineErrorCode = 'UNREACHABLE' | 'REFUSED' | 'GONE' | 'FAILED';

export class EngineError extends Error {
  readonly code: EngineErrorCode;

  constructor({ code, message, cause }: { code: EngineErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'EngineError';
    this.code = code;
  }
}
