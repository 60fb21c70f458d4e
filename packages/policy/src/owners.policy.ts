import { z } from 'zod';

const ownerName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and hyphens, a letter first');

/** `infra/policies/owners.yaml`: who answers for services and exceptions. */
export const ownersSchema = z.strictObject({
  owners: z.record(
    ownerName,
    z.strictObject({
      description: z.string().min(1),
      /** where they are reached: an address or a handle of CODEOWNERS */
      contact: z.string().min(1),
    }),
  ),
});
export type Owners = z.output<typeof ownersSchema>['owners'];
