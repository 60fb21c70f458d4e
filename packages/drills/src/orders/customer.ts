import { ENDPOINTS } from '@seaworthy/contracts';
import type { DrillPlatform } from '../platform.ts';

const ORDERS = `https://${ENDPOINTS.edge.host}:${ENDPOINTS.edge.port}/orders`;
const PATIENCE_MS = 15_000;
/** Of a stream: others do something meanwhile, in containers that they start for it. */
const LISTEN_MS = 60_000;

export const SHACKLE = '486e3f04-9762-5dfa-9f8f-71f712ae4cd7';

export interface Order {
  readonly id: string;
  readonly status: string;
  readonly totalCents: number;
}

/** What came back, read to its end. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A customer of the sample shop with a valid token, at the edge like everybody from outside. */
export class Customer {
  readonly #platform: DrillPlatform;
  readonly #authorization: string;

  static async signIn(platform: DrillPlatform, name: 'marina' | 'nemo'): Promise<Customer> {
    return new Customer(platform, await platform.customer(name)());
  }

  /** With any token, whoever made it. */
  constructor(platform: DrillPlatform, token: string) {
    this.#platform = platform;
    this.#authorization = `Bearer ${token}`;
  }

  async get(path = ''): Promise<Answer> {
    return this.#ask(path, {});
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    return this.#ask(path, {
      method: 'POST',
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...json,
    });
  }

  /** An order of one piece, unless told otherwise. */
  async order(key: string, body: unknown = { lines: [{ productId: SHACKLE, quantity: 1 }] }): Promise<Answer> {
    return this.post('', body, { 'idempotency-key': key });
  }

  async cancel(id: string): Promise<Answer> {
    return this.post(`/${id}/cancel`, undefined);
  }

  /** The order that was placed. @throws Error when it was not */
  async placed(key: string): Promise<Order> {
    const { status, body } = await this.order(key);
    if (status === 201) return JSON.parse(body) as Order;
    throw new Error(`expected an order to be placed, found status ${status}: ${body.slice(0, 300)}`);
  }

  /** The order's stream of events, open until `signal` ends it. */
  async stream(id: string, signal: AbortSignal): Promise<Response> {
    return this.#fetch(`/${id}/events`, { signal });
  }

  /** What the beginning of an order's stream says, or what was answered instead. */
  async follow(id: string): Promise<Answer> {
    const heard: string[] = [];
    const status = await this.#listen(id, '', heard);
    return { status, body: heard.join('\n') };
  }

  /** The types of an order's events as they come, until one of them begins with `last`. It rejects when there is no such stream, or no such event for long */
  followUntil(id: string, last: string): { heard: () => string[]; end: Promise<string[]> } {
    const heard: string[] = [];
    const end = this.#listen(id, last, heard).then((status) => {
      if (status !== 200) throw new Error(`expected a stream, found status ${status}`);
      return heard;
    });
    return { heard: () => [...heard], end };
  }

  async #listen(id: string, last: string, heard: string[]): Promise<number> {
    const enough = new AbortController();
    const answer = await this.stream(id, AbortSignal.any([enough.signal, AbortSignal.timeout(LISTEN_MS)]));
    if (answer.status !== 200) {
      heard.push(await answer.text());
      return answer.status;
    }
    let rest = '';
    for await (const chunk of answer.body ?? []) {
      const lines = (rest + Buffer.from(chunk).toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      heard.push(...lines.filter((line) => line.startsWith('event: ')).map((line) => line.slice('event: '.length)));
      if (heard.some((type) => type.startsWith(last))) break;
    }
    enough.abort();
    return answer.status;
  }

  async #ask(path: string, init: object): Promise<Answer> {
    const answer = await this.#fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS), ...init });
    return { status: answer.status, body: await answer.text() };
  }

  async #fetch(path: string, init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }): Promise<Response> {
    return this.#platform.fetch(`${ORDERS}${path}`, { ...init, headers: { authorization: this.#authorization, ...init.headers } });
  }
}
