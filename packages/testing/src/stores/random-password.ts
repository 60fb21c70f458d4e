import { randomBytes } from 'node:crypto';

/** Good for one test. */
export function randomPassword(): string {
  return randomBytes(18).toString('base64url');
}
