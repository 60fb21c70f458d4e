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
export { findSourceMaps } from './verify/find-source-maps.ts';
export { isReleased } from './verify/is-released.ts';
export { loadTrust, parseTrust } from './verify/trust.ts';
export type { Trust } from './verify/trust.ts';
export type { VerifiedImage } from './verify/verified-image.ts';
export { verifyBundle } from './verify/verify-bundle.ts';
export type { BundleExpectation, VerifiedStatement } from './verify/verify-bundle.ts';
export { verifyImage } from './verify/verify-image.ts';
export { CLOCK_TOLERANCE_SECONDS, releaseUri, verifyRelease } from './verify/verify-release.ts';
export type { ReleaseQuestion } from './verify/verify-release.ts';
export { baseImageOf } from './provenance/base-image-dependency.ts';
export { BASE_IMAGE_BUILD_TYPE, baseImageProvenance } from './provenance/base-image-provenance.ts';
export type { BaseImageBuild, BaseImageRun } from './provenance/base-image-provenance.ts';
export { publishBaseImage } from './provenance/publish-base-image.ts';
export type { BaseImagePublication } from './provenance/publish-base-image.ts';
export { SERVICE_BUILD_TYPE, serviceProvenance } from './provenance/service-provenance.ts';
export type { ServiceBuild } from './provenance/service-provenance.ts';
export {
  attachSourceMaps,
  SERVICE_FILE,
  SOURCE_MAPS_LIMIT,
  SOURCE_MAPS_TYPE,
  sourceMapPath,
  sourceMapsFile,
} from './provenance/source-maps.ts';
export { createSbom } from './sbom/create-sbom.ts';
export type { Sbom, SbomComponent, SbomSource } from './sbom/create-sbom.ts';
export type { NpmPackage, OsPackage } from './sbom/packages.ts';
export { packagesOfSbom } from './sbom/read-sbom.ts';
export { AdvisorySources, previousAnswer } from './scan/advisory-sources.ts';
export type { LastAnswers } from './scan/advisory-sources.ts';
export { askDistribution } from './scan/ask-distribution.ts';
export type { DistributionAnswer, DistributionQuestion } from './scan/ask-distribution.ts';
export { cvesFixedBetween } from './scan/changelog.ts';
export { fetchAdvisories } from './scan/fetch-advisories.ts';
export type { AdvisoryAnswer, AdvisoryQuestion } from './scan/fetch-advisories.ts';
export { importedScans, importGrype, importTrivy } from './scan/import-scanners.ts';
export type { ImportedReport } from './scan/import-scanners.ts';
export { ScanReportError } from './scan/report-error.ts';
export type { ScanReportErrorCode } from './scan/report-error.ts';
export { readScanReport } from './scan/scan-report.ts';
export type { ScannedImage, ScanReport } from './scan/scan-report.ts';
export type { OsvRecord, ScanResult } from './scan/osv.ts';
export { scanNpm } from './scan/scan-npm.ts';
export type { NpmScan } from './scan/scan-npm.ts';
export { scanOs } from './scan/scan-os.ts';
export type { OsScan } from './scan/scan-os.ts';
export { scanFacts, scansOf, vulnerabilitiesPredicate } from './scan/vulnerabilities-predicate.ts';
export { judge } from './promote/judge.ts';
export { promote } from './promote/promote.ts';
export type {
  Judgement,
  Promotion,
  PromotionAuthority,
  PromotionCode,
  PromotionReason,
  PromotionRequest,
  SigningAuthority,
} from './promote/promotion.ts';
