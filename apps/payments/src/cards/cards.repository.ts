import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Kysely } from 'kysely';
import type { Selectable, Transaction } from 'kysely';
import type { CardsTable, PaymentsSchema } from '../payments/payments.tables.ts';
import { CardNumber } from './card-number.ts';
import type { Card, NewCard } from './card.schema.ts';
import { CardVault } from './card.vault.ts';

/** The latest ones; nobody has more in use. */
const MOST_LISTED = 50;

/** Cards in PostgreSQL. Every question names the owner: there is no way to ask for somebody else's. */
@Injectable()
export class CardsRepository {
  readonly #database: Kysely<PaymentsSchema>;
  readonly #vault: CardVault;

  constructor(@Inject(Kysely) database: Kysely<PaymentsSchema>, vault: CardVault) {
    this.#database = database;
    this.#vault = vault;
  }

  async add(owner: string, { number, expiry }: NewCard): Promise<Card> {
    const token = randomUUID();
    const row = { token, owner, ...this.#vault.seal(number, token), last_four: number.lastFour, expiry, created_at: new Date() };
    await this.#database.insertInto('cards').values(row).execute();
    return toCard(row);
  }

  async list(owner: string): Promise<Card[]> {
    const rows = await this.#database
      .selectFrom('cards')
      .selectAll()
      .where('owner', '=', owner)
      .orderBy('created_at', 'desc')
      .orderBy('token')
      .limit(MOST_LISTED)
      .execute();
    return rows.map(toCard);
  }

  /** Whether it is the owner's. */
  async exists(transaction: Transaction<PaymentsSchema>, owner: string, token: string): Promise<boolean> {
    const row = await transaction
      .selectFrom('cards')
      .select('token')
      .where('token', '=', token)
      .where('owner', '=', owner)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** What the provider is to be shown. Undefined when the owner has no such card. @throws {VaultError} */
  async reveal(owner: string, token: string): Promise<{ number: CardNumber; expiry: string } | undefined> {
    const row = await this.#database
      .selectFrom('cards')
      .selectAll()
      .where('token', '=', token)
      .where('owner', '=', owner)
      .executeTakeFirst();
    return row && { number: this.#vault.open(row, token), expiry: row.expiry };
  }
}

/** Only what the owner may see: neither owner nor number. */
function toCard({ token, last_four, expiry }: Pick<Selectable<CardsTable>, 'token' | 'last_four' | 'expiry'>): Card {
  return { token, lastFour: last_four, expiry };
}
