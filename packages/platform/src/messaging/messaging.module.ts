import { Inject, Injectable, Module } from '@nestjs/common';
import type { BeforeApplicationShutdown, DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { HealthRegistry } from '../health/health-registry.ts';
import type { HealthCheck } from '../health/health-registry.ts';
import { Declarations } from './declarations.ts';
import { Messaging } from './messaging.ts';
import { MessagingConfig } from './messaging.config.ts';
import { NatsLink } from './nats.link.ts';
import { ensureStreams } from './streams.ts';
import type { StreamDeclaration } from './streams.ts';

export interface MessagingOptions {
  /** the service's name */
  client: string;
  /** streams that this service writes to; made where they are missing, changed where they are otherwise */
  streams?: readonly StreamDeclaration[];
  /** `optional` for a service that keeps what it has to say until NATS is back */
  readiness: Exclude<HealthCheck['kind'], 'alive'>;
}

@Injectable()
class MessagingCloser implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #link: NatsLink;
  readonly #messaging: Messaging;

  constructor(@Inject(NatsLink) link: NatsLink, @Inject(Messaging) messaging: Messaging) {
    this.#link = link;
    this.#messaging = messaging;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#messaging.stopConsuming();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#link.end();
  }
}

/** NATS JetStream: inject {@link Messaging}. Needs {@link MessagingConfig}. A service starts without it, and connects when it is there. */
@Module({})
export class MessagingModule {
  static with(options: MessagingOptions): DynamicModule {
    return {
      module: MessagingModule,
      global: true,
      providers: [
        Declarations,
        {
          provide: NatsLink,
          inject: [MessagingConfig, Declarations, { token: HealthRegistry, optional: true }],
          useFactory: (config: MessagingConfig, declarations: Declarations, health?: HealthRegistry) =>
            open(config, declarations, health, options),
        },
        {
          provide: Messaging,
          inject: [NatsLink, Declarations, { token: HealthRegistry, optional: true }],
          useFactory: (link: NatsLink, declarations: Declarations, health?: HealthRegistry) =>
            new Messaging({ link, declarations, health }),
        },
        MessagingCloser,
      ],
      exports: [Messaging],
    };
  }
}

function open(
  config: MessagingConfig,
  declarations: Declarations,
  health: HealthRegistry | undefined,
  { client, streams = [], readiness }: MessagingOptions,
): NatsLink {
  for (const { name } of streams) declarations.expect(`stream ${name}`);
  const link = new NatsLink({
    config,
    client,
    prepare: async (connection) => ensureStreams(connection, streams, declarations),
    away: () => declarations.allAway(),
  });
  health?.register(declarations.health);
  health?.register({
    name: 'nats',
    kind: readiness,
    check: async () => {
      await link.connection.rtt();
    },
  });
  link.start();
  return link;
}
