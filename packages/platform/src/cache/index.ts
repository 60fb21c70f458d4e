export { Cache } from './cache.ts';
export type { CachePolicy, CacheStore } from './cache.ts';
export { CacheConfig } from './cache.config.ts';
export { CacheModule } from './cache.module.ts';
