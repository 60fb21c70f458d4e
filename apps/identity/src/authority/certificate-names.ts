import { INTERNAL_DOMAIN, type Workload } from '@seaworthy/contracts';

const LOOPBACK = ['localhost', '127.0.0.1'] as const;

/** Which names a workload may have in its certificate, and no other. Workloads that listen nowhere are not here. */
const NAMES: Partial<Record<Workload, readonly string[]>> = {
  catalog: [`catalog.${INTERNAL_DOMAIN}`],
  edge: [`edge.${INTERNAL_DOMAIN}`, ...LOOPBACK], // published on the host's loopback
  fleet: [`fleet.${INTERNAL_DOMAIN}`, ...LOOPBACK], // people and the host ask it what it does
  gatekeeper: [`gatekeeper.${INTERNAL_DOMAIN}`, ...LOOPBACK], // the host asks it to promote base images
  orders: [`orders.${INTERNAL_DOMAIN}`],
  'payment-provider': [`payment-provider.${INTERNAL_DOMAIN}`],
  payments: [`payments.${INTERNAL_DOMAIN}`],
  pipeline: [`pipeline.${INTERNAL_DOMAIN}`, ...LOOPBACK], // people push commits to it
  'registry-gate': [`registry.${INTERNAL_DOMAIN}`, ...LOOPBACK], // people and the host pull from it
};

/** The identity service signs its own leaf, in process. */
export const OWN_NAMES = [`identity.${INTERNAL_DOMAIN}`, ...LOOPBACK] as const;

/** The names that a workload may ask for; none for whom the table does not know. */
export function namesOf(workload: string): readonly string[] {
  return Object.hasOwn(NAMES, workload) ? (NAMES[workload as Workload] ?? []) : [];
}
