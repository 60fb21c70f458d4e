export { attachBundle, readBundles } from './attest/bundle-store.ts';
export type { StoredBundle } from './attest/bundle-store.ts';
export { decodeStatement } from './attest/decode-statement.ts';
export type {
  BillOfMaterials,
  PredicateByType,
  Provenance,
  TestResult,
  VerificationSummary,
  Vulnerabilities,
} from './attest/predicates.ts';
export { signStatement } from './attest/sign-statement.ts';
export { generateSigningKeys, keyHint } from './attest/signing-key.ts';
export type { SigningKey } from './attest/signing-key.ts';
export { hasPredicateType } from './attest/statement.ts';
export type { Statement, Subject } from './attest/statement.ts';
export { attachSimpleSignature, signatureTag } from './simple-signature/attach-simple-signature.ts';
export { containersPolicy } from './simple-signature/containers-policy.ts';
export type { ContainersPolicy } from './simple-signature/containers-policy.ts';
export { isVerificationError, VerificationError } from './verification-error.ts';
export type { VerificationErrorCode } from './verification-error.ts';
export type { EvidenceQuestion, Requirement } from './verify/evidence.ts';
export { loadTrust, parseTrust } from './verify/trust.ts';
export type { Trust } from './verify/trust.ts';
export type { VerifiedImage } from './verify/verified-image.ts';
export { verifyBundle } from './verify/verify-bundle.ts';
export type { BundleExpectation, VerifiedStatement } from './verify/verify-bundle.ts';
export { verifyImage } from './verify/verify-image.ts';
export { CLOCK_TOLERANCE_SECONDS, releaseUri, verifyRelease } from './verify/verify-release.ts';
export type { ReleaseQuestion } from './verify/verify-release.ts';
