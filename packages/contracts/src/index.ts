export {
  AUDIENCE,
  ENDPOINTS,
  INTERNAL_DOMAIN,
  ISSUERS,
  MOUNTS,
  OWNER_LABEL,
  REALMS,
  RELEASE_TAG,
  STORE_IMAGES,
  TIER_LABEL,
  TIERS,
  testProcessOf,
  testProject,
  WORKLOADS,
} from './names.ts';
export type { Realm, StoreImage, Tier, Workload } from './names.ts';
export { RENEW_INTERMEDIATE_MS } from './authority.ts';
export { BUILDERS, PREDICATES, SIGNERS, VERDICT_LIFE, VERIFIER_ID } from './evidence.ts';
export type { PredicateName, Signer } from './evidence.ts';
export { DESIRED_FILE, desiredSchema, NUMBER_LABEL, replicaBody, replicaName, REVISION_LABEL, scaleSchema } from './fleet.ts';
export type { DeployedContainer, DeployedRevision, Desired, DesiredService, Scale } from './fleet.ts';
export { orderPlacedSchema, paymentEndedSchema, SHOP_STREAMS } from './shop.ts';
export type { OrderPlaced, PaymentEnded } from './shop.ts';
