/** in-toto predicate types of the evidence that the platform writes and reads. */
export const PREDICATES = {
  provenance: 'https://slsa.dev/provenance/v1',
  sbom: 'https://cyclonedx.org/bom',
  testResult: 'https://in-toto.io/attestation/test-result/v0.1',
  vulnerabilities: 'https://in-toto.io/attestation/vulns/v0.1',
  verificationSummary: 'https://slsa.dev/verification_summary/v1',
} as const;
export type PredicateName = keyof typeof PREDICATES;

/** SLSA `builder.id` of whoever may build: the pipeline for services, the operator's machine for base images. */
export const BUILDERS = {
  pipeline: 'https://pipeline.seaworthy.internal/builder/v1',
  imageBuilder: 'https://pipeline.seaworthy.internal/image-builder/v1',
} as const;

/** SLSA VSA `verifier.id` of the gatekeeper. */
export const VERIFIER_ID = 'https://gatekeeper.seaworthy.internal/v1';

/** Signers by name; `trust.json` maps each to its public key. */
export const SIGNERS = ['pipeline', 'image-builder', 'gatekeeper'] as const;
export type Signer = (typeof SIGNERS)[number];

const DAY = 24 * 3600;

/** How long the gatekeeper's verdict is good for, in seconds: an older one is not deployed, it is renewed before that. */
export const VERDICT_LIFE = { renewAfterSeconds: 14 * DAY, maxAgeSeconds: 30 * DAY } as const;
