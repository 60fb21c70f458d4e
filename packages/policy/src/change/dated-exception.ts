import { z } from 'zod';

/** What every exception has to say: why, on whose word, until when. */
export const datedException = {
  reason: z.string().min(10, 'expected a reason of at least ten characters'),
  /** a key of infra/policies/owners.yaml */
  owner: z.string().min(1),
  /** last day on which it holds, UTC */
  expires: z.iso.date('expected a day like 2027-05-31'),
};

export function hasEnded({ expires }: { readonly expires: string }, now: Date): boolean {
  return now > new Date(`${expires}T23:59:59.999Z`);
}
