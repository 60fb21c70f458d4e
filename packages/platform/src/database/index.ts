export { DatabaseConfig } from './database.config.ts';
export { DatabaseError } from './database.error.ts';
export type { DatabaseErrorCode } from './database.error.ts';
export { DatabaseModule } from './database.module.ts';
export type { DatabaseOptions } from './database.module.ts';
export type { PoolOptions } from './database.pool.ts';
export { migrate } from './migrate.ts';
export { inTransaction } from './transaction.ts';
