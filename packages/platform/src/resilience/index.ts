export { atDate } from './at-date.ts';
export { backoff } from './backoff.ts';
export { guardPolicy } from './guard.policy.ts';
export type { GuardOptions } from './guard.policy.ts';
