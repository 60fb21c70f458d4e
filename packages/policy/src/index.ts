export { loadServiceCard, serviceCardSchema } from './service-card.ts';
export type { ServiceCard } from './service-card.ts';
export { PolicyError } from './error.ts';
export type { PolicyErrorCode } from './error.ts';
