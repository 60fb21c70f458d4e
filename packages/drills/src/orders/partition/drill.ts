import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../../drill.ts';
import { parseFindings } from '../../findings.ts';
import { awaitThat } from '../../await-that.ts';
import { readWithoutCache } from '../../fleet/traffic.ts';
import type { DrillPlatform } from '../../platform.ts';
import { Customer } from '../customer.ts';
import { verdict } from '../ledger.ts';
import { PersistentCustomer } from '../persistent-customer.ts';
import { replicaAddresses } from '../replicas.ts';

const CLIENTS = 4;
/** For so long each store is away; of PostgreSQL, so long new requests are made of its replicas, and each is waited for. */
const POSTGRES_S = 6;
const AWAY_MS = 4_000;
const PATIENCE_MS = 12_000;
const ASKING_MS = 45_000;
const HEALED_MS = 40_000;
const ASKING_EACH_REPLICA = 4;

interface Answer {
  /** status, or what came instead: `SILENT` */
  readonly result: number | string;
  readonly ms: number;
}

export const drill: Drill = {
  title: 'PostgreSQL, NATS and Valkey are cut off from the replicas under load, one after the other',
  practices: ['1.4'],
  attack:
    'While customers order and read, somebody pulls the cable of a store: it lives, and nobody hears of it. Connections that stood are not closed; what is sent on them gets no answer. Customers send what was not answered again, under the same key.',
  control:
    'Each question to a store has a time limit, and who asks knows it as unanswered: a request is refused instead of hanging, what an order has to tell waits in the outbox, a cache that is silent is gone without.',
  refusals: ['NOTHING_LOST'],
  slow: true,
  async run(platform) {
    const since = Date.now();
    const marina = await Customer.signIn(platform, 'marina');
    const clients = Array.from({ length: CLIENTS }, () => new PersistentCustomer(marina));
    const stop = new AbortController();
    const load = Promise.all(clients.map(async (client) => client.keepOrdering(stop.signal)));
    const accepted = (): number => clients.reduce((sum, client) => sum + client.accepted.length, 0);
    const cuts = (async () => {
      await awaitThat(async () => Promise.resolve(accepted() > CLIENTS), HEALED_MS);
      const answers = await cut(platform, { service: 'orders-postgres', network: 'orders-postgres' }, async () => ask(platform));
      const healed = await awaitMore(accepted);
      await cut(platform, { service: 'nats', network: 'orders-nats' }, async () => sleep(AWAY_MS));
      const reads = await readWithoutCache(platform, async () =>
        cut(platform, { service: 'valkey', network: 'catalog-valkey' }, async () => sleep(AWAY_MS)),
      );
      return { answers, healed, reads };
    })();
    try {
      // whoever fails first is told of, and nobody waits for the others
      await Promise.race([cuts, load]);
    } finally {
      stop.abort();
    }
    const [{ answers, healed, reads }] = await Promise.all([cuts, load]);
    const silent = answers.filter(({ result }) => result === 'SILENT').length;
    const facts = {
      'questions without PostgreSQL': answers.length,
      'slowest answer, ms': Math.max(...answers.map(({ ms }) => ms)),
      answers: told(answers),
      'orders again after, ms': healed,
      'reads without Valkey': reads,
    };
    const outcome = await verdict(platform, { since, marina, clients, facts });
    if (outcome.kind === 'succeeded') return { ...outcome, withheld: silent > 0 ? [] : ['requests without an answer'] };
    if (silent === 0) return outcome;
    return { kind: 'succeeded', reason: `${silent} of ${answers.length} requests had no answer for ${PATIENCE_MS / 1000} s`, facts };
  },
  withoutControl: {
    summary:
      'a copy of the platform whose orders waits for its database as long as it takes, for an answer and for a connection; what holds without NATS and Valkey is left as it is',
    services: ['identity', 'catalog', 'orders', 'edge'],
    builds: {
      orders: [
        {
          file: 'packages/platform/src/database/database.pool.ts',
          found: '    query_timeout: statementTimeout + CLIENT_PATIENCE_MS,\n',
          becomes: '',
        },
        {
          file: 'packages/platform/src/database/database.pool.ts',
          found: '    connectionTimeoutMillis: connectTimeout,\n',
          becomes: '',
        },
      ],
    },
  },
};

async function cut<T>(
  platform: DrillPlatform,
  { service, network }: { service: string; network: string },
  meanwhile: () => Promise<T>,
): Promise<T> {
  const connect = await platform.cutOff(service, network);
  try {
    return await meanwhile();
  } finally {
    await connect();
  }
}

/** At the replicas themselves: the edge would send nothing more to them. */
async function ask(platform: DrillPlatform): Promise<Answer[]> {
  const token = await platform.customer('nemo')();
  const given = {
    replicas: await replicaAddresses(platform),
    token,
    seconds: POSTGRES_S,
    at: ASKING_EACH_REPLICA,
    patience: PATIENCE_MS,
  };
  const program = readFileSync(join(import.meta.dirname, 'probe.mjs'), 'utf8').replace('__GIVEN__', () => JSON.stringify(given));
  const customer = await platform.standIn(program, { network: 'edge-orders', alias: 'customer' });
  let output = '';
  try {
    await awaitThat(async () => /^findings=.*\n/m.test((output = await customer.output())), ASKING_MS);
  } finally {
    await customer.stop();
  }
  const answers = parseFindings<Answer[]>({ exitCode: 0, output });
  if (answers.length === 0 || answers.some(({ result }) => result !== 503 && result !== 'SILENT'))
    throw new Error(`expected replicas that refuse, or none that answers, found ${told(answers)}`);
  return answers;
}

async function awaitMore(accepted: () => number): Promise<number> {
  const before = accepted();
  const healed = await awaitThat(async () => Promise.resolve(accepted() > before), HEALED_MS);
  if (healed === undefined) throw new Error(`expected orders to be taken again within ${HEALED_MS / 1000} s, found none`);
  return healed;
}

/** How many of each: `12 × 503`. */
function told(answers: readonly Answer[]): string {
  const counts = new Map<number | string, number>();
  for (const { result } of answers) counts.set(result, (counts.get(result) ?? 0) + 1);
  return [...counts].map(([result, count]) => `${count} × ${result}`).join(', ');
}
