import { randomBytes } from 'node:crypto';

/** Good for one session; letters, digits, `_` and `-` alone. */
export function throwAwayPassword(): string {
  return randomBytes(24).toString('base64url');
}
