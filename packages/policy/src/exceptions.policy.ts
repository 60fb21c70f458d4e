import { TIERS } from '@seaworthy/contracts';
import { z } from 'zod';
import { datedException } from './change/dated-exception.ts';
import { SCAN_SOURCES } from './facts.ts';

/** What an exception can excuse: judgements of risk. What is missing, forged or failed has none. */
export const EXCUSABLE_CODES = ['EVIDENCE_STALE', 'SCAN_UNAVAILABLE', 'VULNERABILITY_TOO_SEVERE'] as const;

/** `infra/policies/exceptions.yaml`: what is let through, why, on whose word and until when. */
export const exceptionsSchema = z.strictObject({
  exceptions: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and hyphens'),
        excuses: z.enum(EXCUSABLE_CODES),
        /** narrower: these tiers, these images, this source, this finding */
        tiers: z.array(z.enum(TIERS)).min(1),
        images: z.array(z.string().min(1)).min(1).optional(),
        source: z.enum(SCAN_SOURCES).optional(),
        finding: z.string().min(1).optional(),
        /** ends by itself as soon as the source has answered once */
        untilFirstAnswer: z.boolean().default(false),
        ...datedException,
      }),
    )
    .superRefine((exceptions, context) => {
      const seen = new Set<string>();
      for (const [index, { id }] of exceptions.entries()) {
        if (seen.has(id))
          context.addIssue({ code: 'custom', path: [index, 'id'], message: `expected an id of its own, found ${id} twice` });
        seen.add(id);
      }
    }),
});
export type PolicyException = z.output<typeof exceptionsSchema>['exceptions'][number];
