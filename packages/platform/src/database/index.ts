export { DatabaseConfig } from './database.config.ts';
export { DatabaseModule } from './database.module.ts';
export type { PoolOptions } from './database.pool.ts';
export { migrate } from './migrate.ts';
