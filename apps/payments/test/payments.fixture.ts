import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet } from 'jose';
import { pino } from 'pino';
import { ISSUERS } from '@seaworthy/contracts';
import { AccessModule, assembleService, platformFetch, TokenVerifier, WORKLOAD } from '@seaworthy/platform';
import type { ConfigSource, Service, ServiceOptions } from '@seaworthy/platform';
import { DatabaseConfig, migrate } from '@seaworthy/platform/database';
import { ServiceProcess, startNats, startPostgres, TestIssuer } from '@seaworthy/testing';
import type { StartedNats, StartedPostgres, TestAuthority } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';
import { migrations } from '../src/migrations/migrations.ts';
import { PaymentsModule } from '../src/payments.module.ts';
import { PAYMENTS_OPTIONS } from '../src/payments.service-options.ts';

/** Numbers that the provider knows: apps/payment-provider/src/charges/test-cards.ts. */
export const NUMBERS = {
  good: '4242424242424242',
  declined: '4000000000000002',
  failing: '4000000000000119',
  slow: '4000000000000259',
  cut: '4000000000000341',
};
export const EXPIRY = '2099-12';

/** A line of the provider's ledger. */
export interface LedgerLine {
  key: string;
  reference: string;
  amountCents: number;
  status: string;
}

/** The provider as it ships, whose process can end and come back while its ledger stays. */
export class TestProvider {
  readonly #dir: string;
  readonly #issuer: TestIssuer;
  #process: ServiceProcess | undefined;
  #authority: TestAuthority | undefined;
  #port = 0;

  static async start(issuer: TestIssuer): Promise<TestProvider> {
    const provider = new TestProvider(await mkdtemp(join(tmpdir(), 'seaworthy-ledger-')), issuer);
    await provider.comeBack();
    return provider;
  }

  private constructor(dir: string, issuer: TestIssuer) {
    this.#dir = dir;
    this.#issuer = issuer;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** PEM */
  get root(): string {
    return this.#authority?.root ?? '';
  }

  async comeBack(): Promise<void> {
    this.#process = await ServiceProcess.start({
      program: await bundleProgram(join(import.meta.dirname, '../../payment-provider'), 'test/fixtures/provider.service.ts'),
      environment: { LEDGER_FILE: join(this.#dir, 'ledger.jsonl'), PORT: String(this.#port) },
      secrets: { 'jwks.json': JSON.stringify(this.#issuer.jwks) },
      ...(this.#authority && { authority: this.#authority }),
    });
    this.#port = this.#process.port;
    this.#authority = this.#process.authority;
  }

  async goAway(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }

  async ledger(): Promise<LedgerLine[]> {
    const text = await readFile(join(this.#dir, 'ledger.jsonl'), 'utf8');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LedgerLine);
  }

  async chargesOf(orderId: string): Promise<LedgerLine[]> {
    return (await this.ledger()).filter(({ reference }) => reference === orderId);
  }

  async stop(): Promise<void> {
    await this.goAway();
    await rm(this.#dir, { recursive: true });
  }
}

export interface World {
  postgres: StartedPostgres;
  nats: StartedNats;
  provider: TestProvider;
  issuer: TestIssuer;
  cardKeys: string;
  /** the workload's own */
  token: string;
  stop(): Promise<void>;
}

/** The project's own PostgreSQL and NATS, with the schema as it ships, and the provider. */
export async function startWorld(): Promise<World> {
  const issuer = await TestIssuer.create();
  const [postgres, nats, provider] = await Promise.all([startPostgres(), startNats(), TestProvider.start(issuer)]);
  await migrate(new DatabaseConfig({ ...postgres, poolSize: 2 }), migrations, pino({ level: 'silent' }));
  const stop = async () => void (await Promise.all([postgres.stop(), nats.stop(), provider.stop()]));
  const token = await issuer.token('payments', { issuer: ISSUERS.workloads, expires: '1h' });
  return { postgres, nats, provider, issuer, cardKeys: randomBytes(32).toString('base64url'), token, stop };
}

export function environmentOf({ postgres, nats, provider }: World): Record<string, string> {
  return {
    DATABASE_HOST: postgres.host,
    DATABASE_PORT: String(postgres.port),
    DATABASE_NAME: postgres.name,
    DATABASE_USER: postgres.user,
    MESSAGING_HOST: nats.host,
    MESSAGING_PORT: String(nats.port),
    PROVIDER_URL: provider.url,
  };
}

export function secretsOf({ postgres, nats, cardKeys }: World): Record<string, string> {
  return { 'database-password': postgres.password, 'messaging-key': nats.key, 'card-keys': cardKeys };
}

/** One replica of payments as it ships, in a process of its own that can be killed. */
export async function startReplica(world: World): Promise<ServiceProcess> {
  const replica = await ServiceProcess.start({
    program: await bundleProgram(join(import.meta.dirname, '..'), 'test/fixtures/payments.service.ts'),
    environment: { ...environmentOf(world), DRAIN_DELAY_MS: '0' },
    secrets: {
      ...secretsOf(world),
      'jwks.json': JSON.stringify(world.issuer.jwks),
      'provider-root.pem': world.provider.root,
      'workload-token': world.token,
    },
  });
  await replica.line('connected to NATS');
  return replica;
}

/** Payments as it ships, in this process and without listening, but for whose tokens count and who it is. */
export async function assemblePayments(
  source: ConfigSource,
  { issuer, root = '', token = '' }: { issuer: TestIssuer; root?: string; token?: string },
  options: Partial<ServiceOptions> = {},
): Promise<Service> {
  const verifier = new TokenVerifier({ keys: { people: createLocalJWKSet(issuer.jwks) } });
  const { module, providers = [], exports = [] } = AccessModule.using({ useFactory: () => verifier });
  const fetch = platformFetch(root);
  const access = {
    module,
    global: true,
    providers: [...providers, { provide: WORKLOAD, useValue: { fetch, token: async () => token } }],
    exports: [...exports, WORKLOAD],
  };
  return assembleService(PaymentsModule.with(access), { ...PAYMENTS_OPTIONS, source, ...options });
}

export async function assembleIn(world: World, options: Partial<ServiceOptions> = {}): Promise<Service> {
  const secrets = secretsOf(world);
  const source = {
    environment: { ...environmentOf(world), LOG_LEVEL: options.logDestination ? 'debug' : 'silent' },
    secret: (name: string) => secrets[name],
  };
  return assemblePayments(source, { issuer: world.issuer, root: world.provider.root, token: world.token }, options);
}

/** What orders tells of an order that is to be paid. */
export function placed(
  cardToken: string | undefined,
  { orderId = randomUUID(), id = randomUUID(), owner = 'marina', totalCents = 1_000 } = {},
) {
  const data = { orderId, owner, status: 'paying', totalCents, currency: 'EUR', ...(cardToken !== undefined && { cardToken }) };
  return {
    id,
    orderId,
    subject: `orders.placed.${orderId}`,
    event: { specversion: '1.0', id, source: '/orders', type: 'order.placed', sequence: 1, data },
  };
}
