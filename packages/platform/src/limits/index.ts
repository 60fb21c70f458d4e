export { allowSlowBody, limitConcurrency } from './concurrency.ts';
export { RateLimitGuard } from './rate-limit.guard.ts';
export { RateLimiter } from './rate-limiter.ts';
export type { RateLimits } from './rate-limiter.ts';
