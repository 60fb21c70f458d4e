import { assembleService } from '@seaworthy/platform';
import type { ConfigSource, Service } from '@seaworthy/platform';
import { CacheConfig } from '@seaworthy/platform/cache';
import { DatabaseConfig } from '@seaworthy/platform/database';
import type { StartedPostgres, StartedValkey } from '@seaworthy/testing';
import { CatalogModule } from '../src/catalog.module.ts';

export const LOG_LINES: string[] = [];

/** The configuration that an operator would give: names and ports as variables, passwords as files. */
export function catalogSource(
  postgres: Pick<StartedPostgres, 'host' | 'port' | 'name' | 'user' | 'password'>,
  valkey: Pick<StartedValkey, 'host' | 'port' | 'user' | 'password'>,
): ConfigSource {
  const secrets: Record<string, string> = { 'database-password': postgres.password, 'cache-password': valkey.password };
  return {
    environment: {
      DATABASE_HOST: postgres.host,
      DATABASE_PORT: String(postgres.port),
      DATABASE_NAME: postgres.name,
      DATABASE_USER: postgres.user,
      CACHE_HOST: valkey.host,
      CACHE_PORT: String(valkey.port),
      CACHE_USER: valkey.user,
    },
    secret: (name) => secrets[name],
  };
}

/** The catalog as it ships, but for its listening: requests are injected. */
export async function assembleCatalog(source: ConfigSource): Promise<Service> {
  return assembleService(CatalogModule, {
    name: 'catalog',
    config: [DatabaseConfig, CacheConfig],
    openApi: { title: 'Catalog', description: 'Products.' },
    source,
    logDestination: { write: (line) => void LOG_LINES.push(line) },
  });
}
