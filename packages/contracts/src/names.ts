/** The tiers of sensitivity, least sensitive first. */
export const TIERS = ['public', 'internal', 'restricted'] as const;
export type Tier = (typeof TIERS)[number];

/** Every container, volume, network and image that the platform makes carries this label: `<project>`. */
export const OWNER_LABEL = 'dev.seaworthy.project';

/** The project of what a test makes: the test's process is in it, so that what a killed one left can be told from what runs now. */
export function testProject(what: string, pid: number): string {
  return `test-${what}-${pid}`;
}

/** The process whose test made what belongs to this project, or to a copy of it; undefined for what is no test's. */
export function testProcessOf(project: string): number | undefined {
  const [, pid] = /^test-[a-z]+-(\d+)(?:-|$)/.exec(project) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** Label of an image's configuration: the tier by whose policy it is judged. */
export const TIER_LABEL = 'dev.seaworthy.tier';

/** Domain of the platform's own names; the root certificate is constrained to it, to `localhost` and to 127.0.0.1. */
export const INTERNAL_DOMAIN = 'seaworthy.internal';

/** Where each of the platform's own services answers, inside its networks (TLS always). */
export const ENDPOINTS = {
  identity: { host: `identity.${INTERNAL_DOMAIN}`, port: 9443 },
  registry: { host: `registry.${INTERNAL_DOMAIN}`, port: 5443 },
  pipeline: { host: `pipeline.${INTERNAL_DOMAIN}`, port: 9444 },
  gatekeeper: { host: `gatekeeper.${INTERNAL_DOMAIN}`, port: 9445 },
  fleet: { host: `fleet.${INTERNAL_DOMAIN}`, port: 9446 },
  edge: { host: `edge.${INTERNAL_DOMAIN}`, port: 8443 },
} as const;

/** Workloads that have an identity of their own at the workload issuer (OAuth 2.0 client ids). */
export const WORKLOADS = [
  'pipeline',
  'gatekeeper',
  'image-builder',
  'deploy',
  'registry-gate',
  'edge',
  'catalog',
  'orders',
  'payments',
  'payment-provider',
  'fleet',
] as const;
export type Workload = (typeof WORKLOADS)[number];

/** First path component of a repository in the registry: who may write there differs, see the gate's table of rights. */
export const REALMS = ['staging', 'release', 'quarantine'] as const;
export type Realm = (typeof REALMS)[number];

/** The moving tag under which the gatekeeper publishes what it promoted last. */
export const RELEASE_TAG = 'main';

/** Where every container finds what the operator gave it (read-only volumes). */
export const MOUNTS = {
  /** one file a secret, mode 0400, uid 65532: `client-secret`, `signing.key`, … */
  secrets: '/run/seaworthy/secrets',
  /** public: `root.pem`, `trust.json` (the signers' public keys) */
  trust: '/run/seaworthy/trust',
} as const;

/** `aud` of every access token that the platform's two issuers give out. */
export const AUDIENCE = `https://${INTERNAL_DOMAIN}`;

/** `iss` of the platform's two OpenID Connect issuers, whatever address they were reached by. */
export const ISSUERS = {
  people: `https://${ENDPOINTS.identity.host}:${ENDPOINTS.identity.port}/people`,
  workloads: `https://${ENDPOINTS.identity.host}:${ENDPOINTS.identity.port}/workloads`,
} as const;

/** Images of stores that candidates are exercised with: the operator names their ids, and the pipeline starts them. */
export const STORE_IMAGES = ['postgres-init', 'postgres', 'valkey', 'nats'] as const;
export type StoreImage = (typeof STORE_IMAGES)[number];
