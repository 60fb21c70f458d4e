import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority with less than this left is replaced by the next start, and by nothing else; identity warns from then on. */
export const RENEW_BEFORE_MS = 30 * 86_400_000;

/** When the intermediate in `dir` ends, and every certificate under it. Undefined where there is none that can be read: a start makes it anew. */
export function endOfIntermediate(dir: string): Date | undefined {
  try {
    return new Date(new X509Certificate(readFileSync(join(dir, 'intermediate.pem'))).validTo);
  } catch {
    return undefined;
  }
}
