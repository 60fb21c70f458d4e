import { RELEASE_TAG, VERDICT_LIFE } from '@seaworthy/contracts';
import type { Digest, RegistryClient } from '@seaworthy/oci';
import { isOciError } from '@seaworthy/oci';

import type { Trust } from './trust.ts';
import { verifyRelease } from './verify-release.ts';

/**
 * Whether an image is what was released last under its name, by a verdict that need not be renewed yet: what is released so has to be neither
 * pushed nor promoted again. A verdict alone says less: it stays good when a later image takes the name, and after a revert the earlier one
 * has to get its name back.
 * @throws OciError UNREACHABLE or DENIED: without the registry there is no answer
 */
export async function isReleased(
  { registry, trust }: { readonly registry: RegistryClient; readonly trust: Trust },
  { name, digest }: { readonly name: string; readonly digest: Digest },
): Promise<boolean> {
  const repository = `release/${name}`;
  try {
    if ((await registry.resolve(repository, RELEASE_TAG)).digest !== digest) return false;
    await verifyRelease({ registry, repository, digest, trust, maxAgeSeconds: VERDICT_LIFE.renewAfterSeconds });
    return true;
  } catch (error) {
    if (isOciError(error, 'UNREACHABLE') || isOciError(error, 'DENIED')) throw error;
    return false;
  }
}
