import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { CatalogSchema } from '../products/products.table.ts';

/** The shop's first stock: sample data, so that there is something to look at. */
const STOCK: readonly (readonly [id: string, name: string, category: string, description: string, cents: number])[] = [
  [
    '1a74f700-97b9-5415-9388-da7aa2cea3fa',
    'Steering compass',
    'navigation',
    'Liquid-damped, with a light that leaves night vision alone.',
    18900,
  ],
  ['43fe996d-2248-57b2-9bac-3852c2c38fba', 'Handheld GPS', 'navigation', 'Floats, talks to nobody it does not know.', 24900],
  ['2ae55a68-4630-5698-a9f0-7c303e0ac409', 'Paper charts, Baltic', 'navigation', 'They work without power, network or update.', 8900],
  ['78c6dfe2-e65f-5851-a5c9-0e7f94793f32', 'Sextant', 'navigation', 'For the day on which everything else has failed.', 64900],
  ['a2acef6f-df04-5631-bcf2-9e3505ab5e53', 'Brass clinometer', 'navigation', 'Tells how far she heels; has no opinion on it.', 5900],
  ['68b3382f-fe41-5579-bce1-e61e4d0ae58d', 'Life jacket, 150 N', 'safety', 'Inflates by itself and turns you face up.', 12900],
  ['a9921a83-4b58-506f-9562-e8e043c05385', 'Life raft, 4 persons', 'safety', 'Serviced, sealed, with a date you can check.', 119900],
  ['f8650d77-ec29-53ff-906e-3394d5f71e03', 'Emergency beacon', 'safety', 'Signed position to 406 MHz, by press or by water.', 38900],
  ['94fa8cb5-0362-5a12-b269-64292624c2ec', 'Flare set', 'safety', 'Three red, two orange. Expires: look at the label.', 7900],
  ['010ce6ed-3564-5baa-84a2-58610d32708a', 'Fire blanket', 'safety', 'For the galley. Deny by default.', 2900],
  ['c930be09-af96-5ad4-9024-3ed900753269', 'Jackline, 12 m', 'safety', 'Webbing along the deck to hook your tether to.', 6400],
  ['5b57db9d-70f5-513b-83d8-ea0cd786214b', 'Mainsheet, 10 mm', 'rigging', 'Braid on braid, 25 m, soft in the hand.', 8400],
  ['047adb90-ae16-5f6b-a888-bc1a3cce3321', 'Turnbuckle, stainless', 'rigging', 'Locked by pins: settings do not drift.', 3900],
  ['1edc1441-4c0b-5e24-b4d6-3e8caf8f20a6', 'Snatch block', 'rigging', 'Opens on the side; holds two tonnes.', 11900],
  ['486e3f04-9762-5dfa-9f8f-71f712ae4cd7', 'Shackle, captive pin', 'rigging', 'Cannot lose what it cannot let go.', 1900],
  ['5a710811-75a2-5689-8c20-028265690921', 'Anchor, 16 kg', 'deck', 'Sets itself, and resets when the wind turns.', 22900],
  ['b4f835ae-c0e2-59e4-ae04-b7f07bfde6d3', 'Mooring line, 14 m', 'deck', 'Stretches a little, forgives a lot.', 4900],
  ['a015d179-c949-554a-8bb7-c3c806ee9eb1', 'Fender, inflatable', 'deck', 'Between you and everybody else.', 3400],
  ['26de0b82-0241-543e-ae22-05ef63c61224', 'Gimballed stove', 'galley', 'Level at thirty degrees.', 45900],
  ['722963c4-a4e8-54df-a64a-28276a064f0e', 'Thermos, 1 l', 'galley', 'Hot at the end of the watch.', 2700],
  ['61ca37ea-f013-5fda-bce6-38d91b8dd247', 'Oilskin jacket', 'clothing', 'Waterproof on the outside, dry on the inside.', 21900],
  ['2e640390-edd6-5b80-82f7-57f8be01a6e6', 'Deck boots', 'clothing', 'Soles that hold and leave no mark.', 9900],
  ['94c74df4-4417-54a0-84fc-8a260da94749', 'Merino watch cap', 'clothing', 'Covers the ears. Itches nobody.', 2400],
];

export const seedProducts: Migration = {
  async up(database: Kysely<CatalogSchema>) {
    const rows = STOCK.map(([id, name, category, description, price_cents]) => ({
      id,
      name,
      category,
      description,
      price_cents,
      currency: 'EUR',
    }));
    await database.insertInto('products').values(rows).execute();
  },
};
