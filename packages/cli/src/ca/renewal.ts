import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** When the intermediate in `dir` ends, and every certificate under it. Undefined where there is none that can be read: a start makes it anew. */
export function endOfIntermediate(dir: string): Date | undefined {
  try {
    return new Date(new X509Certificate(readFileSync(join(dir, 'intermediate.pem'))).validTo);
  } catch {
    return undefined;
  }
}
