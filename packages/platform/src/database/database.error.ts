export type DatabaseErrorCode = 'DATABASE_AWAY' | 'DATABASE_BUSY';

/** The platform's own refusal to ask the database. Nothing was sent: try again later. */
export class DatabaseError extends Error {
  readonly code: DatabaseErrorCode;

  constructor({ code, message, cause }: { code: DatabaseErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'DatabaseError';
    this.code = code;
  }
}

/**
 * SQLSTATE classes and codes of PostgreSQL (appendix A of its manual) that speak of the server's state and not of the statement:
 * 08 connection exception, 28 and 3D nobody is let in, 53 insufficient resources, 57P0x shutdown and start-up, 58 system error (a disk), XX internal error;
 * 25006 a standby, which takes no writes; 25P03, a transaction that was ended before; 55P03 and 57014, a lock or an answer that did not come in time;
 * 40001 and 40P01, a transaction that gave way to others. Not 25P02: who goes on in a transaction in which a statement has failed does so each time.
 */
const AWAY = /^(?:08|28|3D|53|57P0|58|XX|25006|25P03|55P03|57014|40001|40P01)/;
const QUERY_CANCELED = '57014';
/** undefined_table, undefined_column */
const UNDEFINED = new Set(['42P01', '42703']);
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE']);
/** pg gives these no code */
const WORDS =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|connection is closed|Client has encountered a connection error|Client was closed/i;

/** Is the database away (try again later), rather than the statement wrong? */
export function isDatabaseAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (error instanceof DatabaseError) return true;
  if ('errors' in error && Array.isArray(error.errors) && error.errors.some(isDatabaseAway)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = 'message' in error && typeof error.message === 'string' ? error.message : '';
  return AWAY.test(code) || NETWORK.has(code) || WORDS.test(message);
}

/** Did the server end a statement that took too long? By the error alone nobody knows whether that one is slow, or all of them are. */
export function isStatementTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === QUERY_CANCELED;
}

/** Is there no such table or column? Either a migration still has to make it, or the statement is wrong: the schema's check knows which. */
export function isUndefinedInSchema(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNDEFINED.has(String(error.code));
}
