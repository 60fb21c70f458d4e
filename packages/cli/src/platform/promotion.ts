import type { Workload } from '@seaworthy/contracts';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { PlatformAccess } from './access.ts';
import { URLS } from './access.ts';

const Problem = z.looseObject({
  detail: z.string().optional(),
  reasons: z.array(z.looseObject({ code: z.string(), message: z.string().optional() })).optional(),
});

/** Asks the gatekeeper for its verdict about an image in staging/; returns when it is released. @throws UserError with its reasons */
export async function promote(
  access: PlatformAccess,
  as: Workload,
  image: { repository: string; digest: string; tag: string },
): Promise<void> {
  const answer = await access.fetch(`${URLS.gatekeeper}/promotions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await access.workload(as)()}`, 'content-type': 'application/json' },
    body: JSON.stringify(image),
  });
  if (answer.ok) {
    await answer.body?.cancel();
    return;
  }
  const problem = Problem.safeParse(await answer.json().catch(() => ({})));
  const reasons = (problem.data?.reasons ?? []).map(({ code, message }) => `${code}${message === undefined ? '' : `: ${message}`}`);
  throw new UserError({
    code: 'VERIFICATION_FAILED',
    message: `The gatekeeper did not let ${image.repository}@${image.digest.slice(0, 19)} pass`,
    expected: 'a verdict PASSED',
    found: reasons.join('; ') || (problem.data?.detail ?? `status ${answer.status}`),
    remedy: 'mend what the reasons name, commit it, and start again; an exception is a dated entry in infra/policies/exceptions.yaml',
  });
}
