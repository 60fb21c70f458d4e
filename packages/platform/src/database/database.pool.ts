import { Pool } from 'pg';
import type { DatabaseConfig } from './database.config.ts';

const CONNECT_TIMEOUT_MS = 2_000;
/** The server stops a statement after this; the client gives up a little later, for servers that do not answer at all. */
const STATEMENT_TIMEOUT_MS = 3_000;
const CLIENT_PATIENCE_MS = 500;

export interface PoolOptions {
  /** refuse every write on these connections; the server enforces it */
  readOnly?: boolean;
  applicationName: string;
  /** connections at most; as many as the configuration says, unless told */
  size?: number;
  /** ms for a new connection; a client waits for a request, and nobody waits for a migration */
  connectTimeout?: number;
  /** ms; migrations take longer than requests */
  statementTimeout?: number;
  /** ms that a statement waits for a row that another transaction holds; without it, as long as the statement may take */
  lockTimeout?: number;
}

/** A pool in which nothing waits for ever: not for a connection, not for a statement, not for a silent server. */
export function createPool(
  config: DatabaseConfig,
  {
    readOnly = false,
    applicationName,
    size = config.poolSize,
    connectTimeout = CONNECT_TIMEOUT_MS,
    statementTimeout = STATEMENT_TIMEOUT_MS,
    lockTimeout,
  }: PoolOptions,
): Pool {
  const pool = new Pool({
    host: config.host,
    port: config.port,
    database: config.name,
    user: config.user,
    password: config.password,
    max: size,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeout,
    statement_timeout: statementTimeout,
    query_timeout: statementTimeout + CLIENT_PATIENCE_MS,
    idle_in_transaction_session_timeout: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    ...(lockTimeout !== undefined && { lock_timeout: lockTimeout }),
    ...(readOnly && { options: '-c default_transaction_read_only=on' }),
  });
  // a connection that breaks between two statements of a transaction: the next statement says so to whoever sends it, and nobody else cares
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
