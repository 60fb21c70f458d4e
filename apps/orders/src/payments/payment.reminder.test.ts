import { describe, expect, it, jest } from '@jest/globals';
import { Kysely, PostgresDialect } from 'kysely';
import type { PostgresPool } from 'kysely';
import type { OutboxRelay } from '@seaworthy/platform/delivery';
import type { OrdersSchema } from '../orders/orders.tables.ts';
import { PaymentReminder } from './payment.reminder.ts';

describe('PaymentReminder.remind', () => {
  it('chooses by a query that runs once: PostgreSQL may run one that is a set anew for each row, and there would be no limit', async () => {
    const query = jest.fn(async (_text: string) => ({ command: 'UPDATE', rowCount: 7, rows: [] }));
    const pool = { connect: async () => ({ query, release: () => undefined }), end: async () => undefined, options: {} };
    const database = new Kysely<OrdersSchema>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) });
    expect(await new PaymentReminder(database, {} as OutboxRelay).remind()).toBe(7);
    expect(query.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(
        /^update "order_events" .* where "id" = any\(array\(select .* limit \$\d+ for update of "placed" skip locked\)\)$/,
      ),
    ]);
  });
});
