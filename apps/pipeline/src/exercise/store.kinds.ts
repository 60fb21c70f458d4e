import { createHash, randomBytes } from 'node:crypto';
import { fromSeed } from '@nats-io/nkeys';
import type { StoreImage } from '@seaworthy/contracts';
import type { DeclaredService } from './candidate.ts';

/** How a store that a service card names under `needs` is started for one exercise. */
export interface StoreKind {
  /** of infra/images; what fills the data folder runs first and ends */
  readonly image: StoreImage;
  readonly before?: { readonly image: StoreImage; readonly entrypoint: readonly string[] };
  readonly entrypoint: readonly string[];
  /** where it keeps data: memory, for as long as the exercise takes */
  readonly data?: string;
  /** what it writes when it can be asked */
  readonly ready: RegExp;
  /** variable by which the candidate finds it */
  readonly host: string;
  /** its own side of the candidate's secrets: file → content */
  readonly accounts: (candidate: DeclaredService, secrets: Readonly<Record<string, string>>) => Record<string, string>;
}

/** By what a service needs them for (`needs` of its card). */
export const STORE_KINDS: Readonly<Record<string, StoreKind>> = {
  database: {
    image: 'postgres',
    before: { image: 'postgres-init', entrypoint: ['/usr/bin/postgres-init'] },
    // without a socket: the folder for it is not there, and everybody comes over the network
    entrypoint: [
      '/usr/lib/postgresql/17/bin/postgres',
      '-D/var/lib/postgresql/data',
      '--config-file=/etc/postgresql/postgresql.conf',
      '--unix-socket-directories=',
    ],
    data: '/var/lib/postgresql',
    ready: /database system is ready to accept connections/,
    host: 'DATABASE_HOST',
    accounts: (_candidate, secrets) => ({
      'database-owner-password': randomBytes(32).toString('base64url'),
      'database-password': secrets['database-password'] ?? '',
    }),
  },
  cache: {
    image: 'valkey',
    entrypoint: ['/usr/bin/valkey-server', '/etc/valkey/valkey.conf'],
    ready: /Ready to accept connections/,
    host: 'CACHE_HOST',
    accounts: ({ environment }, secrets) => {
      const hash = createHash('sha256')
        .update(secrets['cache-password'] ?? '')
        .digest('hex');
      const user = environment['CACHE_USER'] ?? 'default';
      return { 'users.acl': `user default off\nuser ${user} on #${hash} ~* resetchannels -@all +@read +@write +@connection -@dangerous\n` };
    },
  },
  messages: {
    image: 'nats',
    entrypoint: ['/usr/sbin/nats-server', '--config', '/etc/nats/nats.conf'],
    data: '/var/lib/nats',
    ready: /Server is ready/,
    host: 'MESSAGING_HOST',
    accounts: (_candidate, secrets) => {
      const key = fromSeed(new TextEncoder().encode(secrets['messaging-key'])).getPublicKey();
      return { 'users.conf': `accounts { EXERCISE: { jetstream: enabled, users: [ { nkey: ${key} } ] } }\n` };
    },
  },
};
