import { describe, expect, it } from '@jest/globals';
import { configurationFaults } from '@seaworthy/testing/configurations';
import { CacheConfig } from '../cache/cache.config.ts';
import { DatabaseConfig } from '../database/database.config.ts';
import { MessagingConfig } from '../messaging/messaging.config.ts';
import { ServiceConfig } from '../service/service.config.ts';
import type { ConfigGroup } from './config-group.ts';
import { processSource } from './config-source.ts';
import { ConfigError } from './config.error.ts';
import { readConfig } from './read-config.ts';

const GROUPS: ConfigGroup[] = [ServiceConfig, DatabaseConfig, CacheConfig, MessagingConfig];
const GOOD: Record<string, string> = {
  DATABASE_HOST: 'postgres',
  DATABASE_NAME: 'catalog',
  DATABASE_USER: 'catalog',
  CACHE_HOST: 'valkey',
  MESSAGING_HOST: 'nats',
};
const SECRETS: Record<string, string> = {
  'database-password': 'correct horse',
  'cache-password': 'battery staple',
  'messaging-key': `SU${'A'.repeat(56)}`,
};

/** What these groups refuse, by the variable's name; nothing of any value may be in it. */
function refusalOf(environment: Record<string, string | undefined>, secret: (name: string) => string | undefined): string {
  try {
    readConfig(GROUPS, { environment, secret });
    return '';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

describe('the configuration of a service', () => {
  it('is accepted when it is good', () => expect(refusalOf(GOOD, (name) => SECRETS[name])).toBe(''));

  it.each([{ DRAIN_DELAY_MS: '9000' }, { SHUTDOWN_GRACE_MS: '3000' }, { DRAIN_DELAY_MS: '5000', SHUTDOWN_GRACE_MS: '4000', PORT: 'x' }])(
    'is refused when the grace would be over before the door closes: %j',
    (environment) => {
      const refusal = refusalOf({ ...GOOD, ...environment }, (name) => SECRETS[name]);
      expect(refusal).toContain('DRAIN_DELAY_MS: must be less than SHUTDOWN_GRACE_MS');
      if ('PORT' in environment) expect(refusal).toContain('PORT');
    },
  );

  it('is refused by name, without a value, in whatever way a variable or a secret file is bad', () => {
    const read = (environment: Record<string, string>, folder: string) => readConfig(GROUPS, { ...processSource(folder), environment });
    expect(configurationFaults(GROUPS, { environment: GOOD, secrets: SECRETS }, read)).toEqual([]);
  });
});
