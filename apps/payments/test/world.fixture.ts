import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { ISSUERS } from '@seaworthy/contracts';
import type { Service, ServiceOptions } from '@seaworthy/platform';
import { DatabaseConfig, migrate } from '@seaworthy/platform/database';
import { environmentOf, secretsOf, ServiceProcess, startNats, startPostgres, TestIssuer } from '@seaworthy/testing';
import type { StartedNats, StartedPostgres, TestAuthority } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';
import { migrations } from '../src/migrations/migrations.ts';
import { assemblePayments } from './payments.fixture.ts';

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

function settingsOf(world: World): Record<string, string> {
  return { ...environmentOf(world), PROVIDER_URL: world.provider.url };
}

function filesOf(world: World): Record<string, string> {
  return { ...secretsOf(world), 'card-keys': world.cardKeys };
}

/** One replica of payments as it ships, in a process of its own that can be killed. */
export async function startReplica(world: World): Promise<ServiceProcess> {
  const replica = await ServiceProcess.start({
    program: await bundleProgram(join(import.meta.dirname, '..'), 'test/fixtures/payments.service.ts'),
    environment: { ...settingsOf(world), DRAIN_DELAY_MS: '0' },
    secrets: {
      ...filesOf(world),
      'jwks.json': JSON.stringify(world.issuer.jwks),
      'provider-root.pem': world.provider.root,
      'workload-token': world.token,
    },
  });
  await replica.line('connected to NATS');
  return replica;
}

export async function assembleIn(world: World, options: Partial<ServiceOptions> = {}): Promise<Service> {
  const secrets = filesOf(world);
  const source = {
    environment: { ...settingsOf(world), LOG_LEVEL: options.logDestination ? 'debug' : 'silent' },
    secret: (name: string) => secrets[name],
  };
  return assemblePayments(source, { issuer: world.issuer, root: world.provider.root, token: world.token }, options);
}
