import { createHash } from 'node:crypto';

/** Valkey's access control list: one service may read and write, nobody may do anything else; the file holds a hash only. */
export function cacheUsers(service: string, password: string): string {
  const hash = createHash('sha256').update(password).digest('hex');
  return `user default off\nuser ${service} on #${hash} ~* resetchannels -@all +@read +@write +@connection -@dangerous\n`;
}
