export { HealthModule } from './health.module.ts';
export { HealthRegistry } from './health-registry.ts';
export type { HealthCheck } from './health-registry.ts';
export { Lifecycle } from './lifecycle.ts';
