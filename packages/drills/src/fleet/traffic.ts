import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillPlatform } from '../platform.ts';
import { codeOf, refusal } from '../problem.ts';

export const SEXTANT = '78c6dfe2-e65f-5851-a5c9-0e7f94793f32';

/** Moments of failures that are told: enough to find them in a log. */
const TIMES_TOLD = 3;

/** One request, as whoever sent it saw it. */
interface Answered {
  readonly at: number;
  readonly ms: number;
  /** `ok`, the status of the answer and what it says of itself, or the code of the error */
  readonly result: string;
}

export interface TrafficOptions {
  /** clients, each with one request after another */
  readonly clients: number;
  /** pause between two requests of one client, ms */
  readonly pause?: number;
}

/** Clients that send one request after another through the edge, and try nothing twice. */
export class Traffic {
  readonly answers: Answered[] = [];
  readonly #clients: Promise<void>[];
  #ends = false;

  private constructor(clients: number, pause: number, request: () => Promise<Response>, wanted: number) {
    this.#clients = Array.from({ length: clients }, async () => {
      while (!this.#ends) {
        this.answers.push(await timed(request, wanted));
        await sleep(pause);
      }
    });
  }

  /** Reads the list of products. */
  static reads(platform: DrillPlatform, { clients, pause = 5 }: TrafficOptions): Traffic {
    return new Traffic(clients, pause, async () => platform.edge('/products', { signal: AbortSignal.timeout(20_000) }), 200);
  }

  /** Any other request, which must be answered with `wanted`. */
  static of(request: () => Promise<Response>, { clients, pause = 20 }: TrafficOptions, wanted: number): Traffic {
    return new Traffic(clients, pause, request, wanted);
  }

  async stop(): Promise<void> {
    this.#ends = true;
    await Promise.all(this.#clients);
  }

  /** Those that did not get what they asked for. */
  get lost(): Answered[] {
    return this.answers.filter(({ result }) => result !== 'ok');
  }

  /** How many failed in which way, and when the first of them were sent, as logs have it: `3 × 503 Service Unavailable (10:15:02.117Z, …)`. */
  get losses(): string {
    const kinds = [...Map.groupBy(this.lost, ({ result }) => result)];
    return kinds.map(([result, failures]) => `${failures.length} × ${result} (${moments(failures)})`).join(', ') || 'none';
  }

  get slowest(): number {
    return Math.round(Math.max(0, ...this.answers.map(({ ms }) => ms)));
  }
}

function moments(failures: readonly Answered[]): string {
  const times = failures.slice(0, TIMES_TOLD).map(({ at }) => new Date(at).toISOString().slice('2026-01-01T'.length));
  return [...times, ...(failures.length > TIMES_TOLD ? ['…'] : [])].join(', ');
}

/** Customers read the catalog while its cache goes away. Resolves to how many had their answer. @throws Error when one had none */
export async function readWithoutCache(platform: DrillPlatform, work: () => Promise<unknown>): Promise<number> {
  const reads = Traffic.reads(platform, { clients: 2, pause: 20 });
  try {
    await work();
  } finally {
    await reads.stop();
  }
  const { answers, lost, losses } = reads;
  if (lost.length === 0 && answers.length > 0) return answers.length;
  throw new Error(`expected a catalog that goes without its cache, found ${answers.length} reads, of which not answered: ${losses}`);
}

async function timed(request: () => Promise<Response>, wanted: number): Promise<Answered> {
  const at = Date.now();
  const since = performance.now();
  const result = await request().then(
    async (answer) => {
      if (answer.status !== wanted) return refusal(answer.status, await answer.text());
      await answer.arrayBuffer();
      return 'ok';
    },
    (error: unknown) => codeOf(error),
  );
  return { at, ms: performance.now() - since, result };
}

/** There may be thousands. */
const AT_ONCE = 8;

export async function severalAtOnce<T>(all: Iterable<T>, work: (one: T) => Promise<unknown>): Promise<void> {
  const rest = [...all].values();
  const worker = async (): Promise<void> => {
    for (const one of rest) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Orders of one customer, each sent once with a key of its own, and what can be asked about them afterwards. */
export class Orders {
  readonly #platform: DrillPlatform;
  readonly #authorization: string;
  readonly #card: { readonly cardToken?: string };
  /** by key: the id of the order, as it was answered; undefined when there was no such answer */
  readonly sent = new Map<string, string | undefined>();

  private constructor(platform: DrillPlatform, authorization: string, card: { readonly cardToken?: string }) {
    this.#platform = platform;
    this.#authorization = authorization;
    this.#card = card;
  }

  /** `card`: what each order is to be paid with; without one it is never paid, and is taken back in the end. */
  static async begin(
    platform: DrillPlatform,
    customer: 'marina' | 'nemo' = 'marina',
    card: { readonly cardToken?: string } = {},
  ): Promise<Orders> {
    return new Orders(platform, `Bearer ${await platform.customer(customer)()}`, card);
  }

  /** Ids of those that were accepted. */
  get accepted(): string[] {
    return [...this.sent.values()].filter((id) => id !== undefined);
  }

  /** For {@link Traffic.of}, which wants 201. */
  readonly place = async (): Promise<Response> => {
    const key = `drill-${randomUUID()}`;
    this.sent.set(key, undefined);
    const answer = await this.#post(key);
    if (answer.status === 201) this.sent.set(key, ((await answer.clone().json()) as { id: string }).id);
    return answer;
  };

  /**
   * Asks for each again by its key: what was answered before must be answered again, and each key must have come to one order. Then
   * takes them back, if nobody pays for them.
   */
  async audit(): Promise<{ accepted: number; lost: number; doubled: number }> {
    const ids = new Set<string>();
    let lost = 0;
    await severalAtOnce(this.sent, async ([key, accepted]) => {
      const answer = await this.#post(key);
      const { id } = (await answer.json()) as { id?: string };
      if (accepted !== undefined && id !== accepted) lost += 1;
      if (id !== undefined) ids.add(id);
    });
    const held = await this.#held(ids.size);
    // an order that no key leads to was written twice
    const doubled = held.filter((id) => !ids.has(id)).length;
    if (this.#card.cardToken === undefined)
      await severalAtOnce(ids, async (id) => (await this.#ask(`/orders/${id}/cancel`, { method: 'POST' })).arrayBuffer());
    return { accepted: this.accepted.length, lost, doubled };
  }

  /** Ids of the customer's newest orders: as many as the keys led to, and those among them in time that no key led to. */
  async #held(count: number): Promise<string[]> {
    const found: string[] = [];
    let cursor = '';
    while (found.length < count) {
      const page = (await (await this.#ask(`/orders?limit=100${cursor}`)).json()) as { items: { id: string }[]; next: string | null };
      found.push(...page.items.map(({ id }) => id));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    return found.slice(0, count);
  }

  async #post(key: string): Promise<Response> {
    return this.#ask('/orders', {
      method: 'POST',
      headers: { 'idempotency-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ lines: [{ productId: SEXTANT, quantity: 1 }], ...this.#card }),
    });
  }

  async #ask(
    path: string,
    { headers = {}, ...init }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Response> {
    return this.#platform.edge(path, {
      ...init,
      headers: { ...headers, authorization: this.#authorization },
      signal: AbortSignal.timeout(20_000),
    });
  }
}
