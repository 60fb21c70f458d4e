import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { OrdersSchema } from '../orders/orders.tables.ts';

/** Of each product, at the beginning. */
const PIECES = 1_000_000;

/**
 * The sample products that catalog shows, with the price at which orders sells them: nothing is asked of another service while an order is
 * written. Whoever runs a shop would feed this table from the events of a product service.
 */
const STOCK: readonly (readonly [id: string, name: string, cents: number])[] = [
  ['1a74f700-97b9-5415-9388-da7aa2cea3fa', 'Steering compass', 18900],
  ['43fe996d-2248-57b2-9bac-3852c2c38fba', 'Handheld GPS', 24900],
  ['2ae55a68-4630-5698-a9f0-7c303e0ac409', 'Paper charts, Baltic', 8900],
  ['78c6dfe2-e65f-5851-a5c9-0e7f94793f32', 'Sextant', 64900],
  ['a2acef6f-df04-5631-bcf2-9e3505ab5e53', 'Brass clinometer', 5900],
  ['68b3382f-fe41-5579-bce1-e61e4d0ae58d', 'Life jacket, 150 N', 12900],
  ['a9921a83-4b58-506f-9562-e8e043c05385', 'Life raft, 4 persons', 119900],
  ['f8650d77-ec29-53ff-906e-3394d5f71e03', 'Emergency beacon', 38900],
  ['94fa8cb5-0362-5a12-b269-64292624c2ec', 'Flare set', 7900],
  ['010ce6ed-3564-5baa-84a2-58610d32708a', 'Fire blanket', 2900],
  ['c930be09-af96-5ad4-9024-3ed900753269', 'Jackline, 12 m', 6400],
  ['5b57db9d-70f5-513b-83d8-ea0cd786214b', 'Mainsheet, 10 mm', 8400],
  ['047adb90-ae16-5f6b-a888-bc1a3cce3321', 'Turnbuckle, stainless', 3900],
  ['1edc1441-4c0b-5e24-b4d6-3e8caf8f20a6', 'Snatch block', 11900],
  ['486e3f04-9762-5dfa-9f8f-71f712ae4cd7', 'Shackle, captive pin', 1900],
  ['5a710811-75a2-5689-8c20-028265690921', 'Anchor, 16 kg', 22900],
  ['b4f835ae-c0e2-59e4-ae04-b7f07bfde6d3', 'Mooring line, 14 m', 4900],
  ['a015d179-c949-554a-8bb7-c3c806ee9eb1', 'Fender, inflatable', 3400],
  ['26de0b82-0241-543e-ae22-05ef63c61224', 'Gimballed stove', 45900],
  ['722963c4-a4e8-54df-a64a-28276a064f0e', 'Thermos, 1 l', 2700],
  ['61ca37ea-f013-5fda-bce6-38d91b8dd247', 'Oilskin jacket', 21900],
  ['2e640390-edd6-5b80-82f7-57f8be01a6e6', 'Deck boots', 9900],
  ['94c74df4-4417-54a0-84fc-8a260da94749', 'Merino watch cap', 2400],
];

export const seedStock: Migration = {
  async up(database: Kysely<OrdersSchema>) {
    const rows = STOCK.map(([product_id, name, price_cents]) => ({ product_id, name, price_cents, currency: 'EUR', available: PIECES }));
    await database.insertInto('stock').values(rows).execute();
  },
};
