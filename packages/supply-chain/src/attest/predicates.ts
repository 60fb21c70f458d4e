import { PREDICATES } from '@seaworthy/contracts';
import { z } from 'zod';

const TIMESTAMP = z.iso.datetime({ offset: true });
const DIGEST_SET = z.record(z.string(), z.string());

/** in-toto attestation framework, ResourceDescriptor v1. */
const RESOURCE = z.looseObject({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: DIGEST_SET.optional(),
  mediaType: z.string().optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
});

/** SLSA v1, Provenance. */
const PROVENANCE = z.looseObject({
  buildDefinition: z.looseObject({
    buildType: z.string().min(1),
    externalParameters: z.record(z.string(), z.unknown()),
    internalParameters: z.record(z.string(), z.unknown()).optional(),
    resolvedDependencies: z.array(RESOURCE).optional(),
  }),
  runDetails: z.looseObject({
    builder: z.looseObject({ id: z.string().min(1) }),
    metadata: z
      .looseObject({ invocationId: z.string().optional(), startedOn: TIMESTAMP.optional(), finishedOn: TIMESTAMP.optional() })
      .optional(),
    byproducts: z.array(RESOURCE).optional(),
  }),
});

/** CycloneDX 1.x in JSON; what the policy reads of it. */
const BILL_OF_MATERIALS = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string().min(1),
  components: z
    .array(z.looseObject({ type: z.string(), name: z.string(), version: z.string().optional(), purl: z.string().optional() }))
    .optional(),
});

/** in-toto predicate Test Result v0.1. A time is ours to add: of several results about an image, the last one counts. */
const TEST_RESULT = z.looseObject({
  finishedOn: TIMESTAMP.optional(),
  result: z.enum(['PASSED', 'WARNED', 'FAILED']),
  configuration: z.array(RESOURCE),
  url: z.string().optional(),
  passedTests: z.array(z.string()).optional(),
  warnedTests: z.array(z.string()).optional(),
  failedTests: z.array(z.string()).optional(),
});

/** in-toto predicate Vulnerability Scans v0.1. */
const VULNERABILITIES = z.looseObject({
  scanner: z.looseObject({
    uri: z.string().min(1),
    version: z.string().optional(),
    db: z.looseObject({ uri: z.string().optional(), version: z.string().optional(), lastUpdate: z.string().optional() }).optional(),
    result: z.array(z.looseObject({ id: z.string().min(1) })),
  }),
  metadata: z.looseObject({ scanStartedOn: TIMESTAMP, scanFinishedOn: TIMESTAMP }),
});

/** SLSA v1, Verification Summary Attestation; the policy's digest is ours to require: a verdict names the rules that it was made by. */
const VERIFICATION_SUMMARY = z.looseObject({
  verifier: z.looseObject({ id: z.string().min(1) }),
  timeVerified: TIMESTAMP,
  resourceUri: z.string().min(1),
  policy: z.looseObject({ uri: z.string().optional(), digest: z.looseObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) }),
  inputAttestations: z.array(z.looseObject({ uri: z.string().optional(), digest: DIGEST_SET })).optional(),
  verificationResult: z.enum(['PASSED', 'FAILED']),
  verifiedLevels: z.array(z.string()),
  slsaVersion: z.string().optional(),
});

export type Provenance = z.infer<typeof PROVENANCE>;
export type BillOfMaterials = z.infer<typeof BILL_OF_MATERIALS>;
export type TestResult = z.infer<typeof TEST_RESULT>;
export type Vulnerabilities = z.infer<typeof VULNERABILITIES>;
export type VerificationSummary = z.infer<typeof VERIFICATION_SUMMARY>;

export const PREDICATE_SCHEMAS = {
  [PREDICATES.provenance]: PROVENANCE,
  [PREDICATES.sbom]: BILL_OF_MATERIALS,
  [PREDICATES.testResult]: TEST_RESULT,
  [PREDICATES.vulnerabilities]: VULNERABILITIES,
  [PREDICATES.verificationSummary]: VERIFICATION_SUMMARY,
};

export type PredicateByType = { [Type in keyof typeof PREDICATE_SCHEMAS]: z.infer<(typeof PREDICATE_SCHEMAS)[Type]> };
