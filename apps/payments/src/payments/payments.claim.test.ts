import { describe, expect, it, jest } from '@jest/globals';
import { Kysely, PostgresDialect } from 'kysely';
import type { PostgresPool } from 'kysely';
import type { CardsRepository } from '../cards/cards.repository.ts';
import { PaymentsRepository } from './payments.repository.ts';
import type { PaymentsSchema } from './payments.tables.ts';

describe('PaymentsRepository.claim', () => {
  it('chooses by a query that runs once: PostgreSQL may run one that is a set anew for each row, and each locks another payment', async () => {
    const query = jest.fn(async (_text: string) => ({ command: 'UPDATE', rowCount: 0, rows: [] }));
    const pool = { connect: async () => ({ query, release: () => undefined }), end: async () => undefined, options: {} };
    const database = new Kysely<PaymentsSchema>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) });
    expect(await new PaymentsRepository(database, {} as CardsRepository).claim()).toBeUndefined();
    expect(query.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/^update "payments" .* where "id" = \(select "id" .* limit \$\d+ for update skip locked\) returning/),
    ]);
  });
});
