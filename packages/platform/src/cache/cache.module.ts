import { Inject, Injectable, Logger, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'iovalkey';
import { HealthRegistry } from '../health/health-registry.ts';
import { backoff } from '../resilience/backoff.ts';
import { Cache } from './cache.ts';
import { CacheConfig } from './cache.config.ts';
import { traceStore } from './cache.spans.ts';

const VALKEY = Symbol('valkey client');
const CONNECT_TIMEOUT_MS = 1_000;
/** A cache that takes longer than the database is none. */
const COMMAND_TIMEOUT_MS = 200;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

@Injectable()
class CacheCloser implements OnApplicationShutdown {
  readonly #client: Redis;

  constructor(@Inject(VALKEY) client: Redis) {
    this.#client = client;
  }

  onApplicationShutdown(): void {
    this.#client.disconnect();
  }
}

/** Valkey as a cache: inject {@link Cache}. Needs {@link CacheConfig}. A service goes on without it, and says `degraded`. */
@Module({})
export class CacheModule {
  static with(): DynamicModule {
    return {
      module: CacheModule,
      global: true,
      providers: [
        { provide: VALKEY, inject: [CacheConfig, { token: HealthRegistry, optional: true }], useFactory: connect },
        {
          provide: Cache,
          inject: [VALKEY, CacheConfig],
          useFactory: (client: Redis, config: CacheConfig) => new Cache(traceStore(client, config)),
        },
        CacheCloser,
      ],
      exports: [Cache],
    };
  }
}

function connect(config: CacheConfig, health?: HealthRegistry): Redis {
  const client = new Redis({
    host: config.host,
    port: config.port,
    username: config.user,
    password: config.password,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false, // it would ask for INFO, which the service's user has no right to
    enableOfflineQueue: false, // while it is away, fail at once instead of keeping requests waiting
    retryStrategy: (attempt) => backoff(attempt, { first: FIRST_RETRY_MS, longest: LONGEST_RETRY_MS }),
  });
  const logger = new Logger('cache');
  let reported = '';
  client.on('error', (error: Error) => {
    const code = 'code' in error ? String(error.code) : error.message;
    if (code !== reported) logger.warn({ msg: 'cache connection failed', code });
    reported = code;
  });
  client.on('ready', () => {
    reported = '';
  });
  health?.register({
    name: 'valkey',
    kind: 'optional',
    check: async () => {
      await client.ping();
    },
  });
  return client;
}
