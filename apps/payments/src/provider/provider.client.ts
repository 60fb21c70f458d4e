import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { guardPolicy, WORKLOAD } from '@seaworthy/platform';
import type { WorkloadIdentity } from '@seaworthy/platform';
import type { CardNumber } from '../cards/card-number.ts';
import { ProviderConfig } from './provider.config.ts';
import { ProviderError } from './provider.error.ts';

/** For one attempt. */
const TIMEOUT_MS = 2_000;
const MORE_ATTEMPTS = 2;
/**
 * For a call as a whole: all attempts, and a token of our own to be had first. A payment's lease (payments.repository.ts) is longer, and so is the grace of a
 * replica that ends (9 s): what is in hand when it begins to drain is noted.
 */
const DEADLINE_MS = 6_000;

export interface ChargeOrder {
  paymentId: string;
  orderId: string;
  amountCents: number;
  currency: string;
  number: CardNumber;
  expiry: string;
}

/** What this needs of the identity of the service. */
type Workload = Pick<WorkloadIdentity, 'fetch' | 'token'>;

const answerSchema = z.object({
  id: z.string().min(1).max(64),
  status: z.enum(['succeeded', 'declined']),
  reason: z.string().max(40).optional(),
});
export type ChargeAnswer = z.output<typeof answerSchema>;

/** The payment provider, as it is asked for money: bounded in time and number, again with jitter, left alone while it is away. */
@Injectable()
export class ProviderClient {
  readonly #url: string;
  readonly #workload: Workload;
  readonly #policy = guardPolicy({
    bounds: { inFlight: 16, waiting: 16 },
    deadline: DEADLINE_MS,
    retries: { most: MORE_ATTEMPTS, when: isAway },
    away: isAway,
    failures: 8,
    rest: 1_000,
  });

  constructor({ url }: ProviderConfig, @Inject(WORKLOAD) workload: Workload) {
    this.#url = url;
    this.#workload = workload;
  }

  /**
   * Charges a card once, however often it is called: the key is the payment's, in every attempt of every replica.
   * @throws {ProviderError} when its word was not to be had
   */
  async charge(order: ChargeOrder): Promise<ChargeAnswer> {
    try {
      return await this.#policy.execute(async ({ signal }) => this.#ask(order, signal));
    } catch (error) {
      if (error instanceof ProviderError) throw error;
      throw new ProviderError({
        code: 'PROVIDER_AWAY',
        message:
          'expected to ask the payment provider, found that it failed too often just now, that too much is waiting for it, or no end in time',
        cause: error,
      });
    }
  }

  async #ask({ paymentId, orderId, amountCents, currency, number, expiry }: ChargeOrder, deadline: AbortSignal): Promise<ChargeAnswer> {
    const body = { reference: orderId, amountCents, currency, card: { number: number.reveal(), expiry } };
    const { status, text } = await this.#post(paymentId, body, deadline);
    // 401: the next attempt has another token
    if (status >= 500 || status === 429 || status === 408 || status === 401)
      throw new ProviderError({ code: 'PROVIDER_AWAY', message: `expected a charge of the payment provider, found status ${status}` });
    const answer = status < 300 ? answerSchema.safeParse(parse(text)) : undefined;
    if (answer?.success) return answer.data;
    throw new ProviderError({
      code: 'PROVIDER_REFUSED',
      message: `expected a charge of the payment provider, found status ${status} and no charge`,
    });
  }

  async #post(key: string, body: object, deadline: AbortSignal): Promise<{ status: number; text: string }> {
    try {
      const token = await this.#workload.token();
      const answer = await this.#workload.fetch(`${this.#url}/charges`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        // also where the token came too late: nobody waits for the answer any more
        signal: AbortSignal.any([deadline, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      // revoked, or signed by a key that is distrusted: it would be sent until nearly its end
      if (answer.status === 401) this.#workload.token.forget(token);
      return { status: answer.status, text: await answer.text() };
    } catch (cause) {
      throw new ProviderError({ code: 'PROVIDER_AWAY', message: 'expected an answer of the payment provider, found none', cause });
    }
  }
}

function isAway(error: unknown): boolean {
  return error instanceof ProviderError && error.code === 'PROVIDER_AWAY';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
