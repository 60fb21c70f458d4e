import type { StartedNats } from './nats.ts';
import type { StartedPostgres } from './postgres.ts';

export interface Stores {
  postgres: Pick<StartedPostgres, 'host' | 'port' | 'name' | 'user' | 'password'>;
  nats: Pick<StartedNats, 'host' | 'port' | 'key'>;
}

/** What an operator tells a service of its stores in variables. */
export function environmentOf({ postgres, nats }: Stores): Record<string, string> {
  return {
    DATABASE_HOST: postgres.host,
    DATABASE_PORT: String(postgres.port),
    DATABASE_NAME: postgres.name,
    DATABASE_USER: postgres.user,
    MESSAGING_HOST: nats.host,
    MESSAGING_PORT: String(nats.port),
  };
}

/** And in files, by their names. */
export function secretsOf({ postgres, nats }: Stores): Record<string, string> {
  return { 'database-password': postgres.password, 'messaging-key': nats.key };
}
