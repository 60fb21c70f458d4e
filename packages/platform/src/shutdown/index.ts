export { closePolitely } from '../http/polite-close.ts';
export { Lifecycle } from '../health/lifecycle.ts';
export { drainOnSignal } from './shutdown.ts';
export type { ShutdownOptions } from './shutdown.ts';
