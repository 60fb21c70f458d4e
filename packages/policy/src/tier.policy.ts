import { SIGNERS } from '@seaworthy/contracts';
import { z } from 'zod';
import { SEVERITIES } from './facts.ts';

const signers = z.array(z.enum(SIGNERS)).min(1, 'expected at least one builder');

const scanRule = z.strictObject({
  /** findings of this severity and above are refused */
  refuseFrom: z.enum(SEVERITIES),
  /** whether a finding without severity is refused */
  refuseUnknown: z.boolean(),
  /** how long the last answer of a source that is away counts; one that never answered is refused, unless an exception says otherwise */
  unavailableToleratedHours: z.int().min(0),
});

export const tierPolicySchema = z.strictObject({
  evidence: z.array(z.enum(['provenance', 'sbom', 'testResult', 'vulnerabilities'])).min(1, 'expected at least one kind of evidence'),
  /** what the test results of a service have to name as passed; a base image is assembled, and has its contract */
  checks: z.array(z.string().min(1)).min(1, 'expected at least one check'),
  /** who may have built what, by the name under which trust.json holds the key */
  builders: z.strictObject({ base: signers, service: signers }),
  evidenceMaxAgeDays: z.int().min(1),
  scans: z.strictObject({ debian: scanRule, npm: scanRule }),
});
export type TierPolicy = z.output<typeof tierPolicySchema>;

/** `infra/policies/tiers.yaml`: what each tier demands, and which names are kept for base images. */
export const tiersSchema = z.strictObject({
  baseImages: z.array(z.string().min(1)).min(1, 'expected the name of at least one base image'),
  tiers: z.strictObject({ public: tierPolicySchema, internal: tierPolicySchema, restricted: tierPolicySchema }),
});
