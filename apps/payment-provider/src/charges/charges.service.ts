import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ProblemError } from '@seaworthy/platform';
import type { Charge } from '../ledger/charge.ts';
import { Ledger } from '../ledger/ledger.ts';
import type { NewCharge } from './charge.schema.ts';
import { behaviourOf } from './test-cards.ts';
import type { Behaviour } from './test-cards.ts';

export type ChargeProblemCode = 'IDEMPOTENCY_KEY_REUSED';

export interface Charged {
  charge: Charge;
  /** what becomes of the answer: only the request that charged has trouble */
  trouble: Pick<Behaviour, 'delay' | 'cut'>;
}

/** Charges, each once for its key. */
@Injectable()
export class ChargesService {
  readonly #ledger: Ledger;
  /** requests that were failed so far, by key; forgotten with the process */
  readonly #failed = new Map<string, number>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Never waits: between looking for the key and writing it down nobody else gets in. @throws {ProblemError} */
  charge(key: string, wanted: NewCharge): Charged {
    const known = this.#ledger.find(key);
    if (known) return { charge: sameAs(known, wanted), trouble: {} };
    const { decline, failures = 0, ...trouble } = behaviourOf(wanted.card.number);
    this.#fail(key, failures);
    const reason = isOver(wanted.card.expiry) ? 'expired-card' : decline;
    const charge: Charge = { id: `ch_${randomUUID()}`, key, ...factsOf(wanted), status: 'succeeded', at: new Date().toISOString() };
    const made = reason === undefined ? charge : { ...charge, status: 'declined' as const, reason };
    this.#ledger.add(made);
    return { charge: made, trouble };
  }

  about(reference: string): Charge[] {
    return this.#ledger.about(reference);
  }

  #fail(key: string, failures: number): void {
    const failed = this.#failed.get(key) ?? 0;
    if (failed >= failures) return void this.#failed.delete(key);
    this.#failed.set(key, failed + 1);
    throw new ProblemError({
      status: 503,
      code: 'UNAVAILABLE',
      detail: 'this test card is not charged yet; send it again, with the same key',
    });
  }
}

function factsOf({ reference, amountCents, currency, card }: NewCharge) {
  return { reference, amountCents, currency, lastFour: card.number.slice(-4) };
}

function sameAs(known: Charge, wanted: NewCharge): Charge {
  const facts = factsOf(wanted);
  if (Object.entries(facts).every(([name, value]) => known[name as keyof typeof facts] === value)) return known;
  throw new ProblemError<ChargeProblemCode>({
    status: 422,
    code: 'IDEMPOTENCY_KEY_REUSED',
    detail: 'this Idempotency-Key came with another charge before; send a fresh one',
  });
}

function isOver(expiry: string): boolean {
  return expiry < new Date().toISOString().slice(0, expiry.length);
}
