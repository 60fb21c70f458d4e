import { randomUUID } from 'node:crypto';
import type { Drill } from '../../drill.ts';
import { readBooks } from '../books.ts';
import { Customer, SHACKLE } from '../customer.ts';
import { problemOf } from '../../problem.ts';

const SCHEMA = 'apps/orders/src/orders/order.schema.ts';
const PLACE = 'apps/orders/src/orders/place-order.ts';
const WISH_CENTS = 1;

export const drill: Drill = {
  title: 'An order comes with a price, an owner, a status and an id of its own',
  practices: ['2.4'],
  attack:
    'A customer adds to his order what is not his to choose, under the names that the API shows and under those of the tables (OWASP API3:2023).',
  control: 'Schemas of requests are strict: what they do not name is refused, and prices come from the stock.',
  refusals: ['VALIDATION_FAILED'],
  async run(platform) {
    const since = Date.now();
    const nemo = await Customer.signIn(platform, 'nemo');
    const line = { productId: SHACKLE, quantity: 1 };
    const id = randomUUID();
    const wishes: Record<string, unknown> = {
      'a price in the line': { lines: [{ ...line, priceCents: WISH_CENTS }] },
      'a price in the words of the table': { lines: [{ ...line, price_cents: WISH_CENTS }] },
      'a total': { lines: [line], totalCents: WISH_CENTS },
      'a total in the words of the table': { lines: [line], total_cents: WISH_CENTS },
      'an owner': { lines: [line], owner: 'marina' },
      'a status': { lines: [line], status: 'cancelled' },
      'an id': { lines: [line], id },
    };
    const refused: string[] = [];
    for (const [what, body] of Object.entries(wishes)) {
      const answer = await nemo.order(randomUUID(), body);
      if (answer.status === 422 && problemOf(answer) === 'validation-failed') refused.push(what);
    }
    const books = await readBooks(platform, since);
    const wished = {
      'a price': books.orders.some((order) => order.totalCents === WISH_CENTS),
      'an owner': books.orders.some((order) => order.owner === 'marina'),
      'a status': books.orders.some((order) => order.status === 'cancelled'),
      'an id': books.orders.some((order) => order.id === id),
    };
    const effects = Object.keys(wished).filter((what) => wished[what as keyof typeof wished]);
    const withheld = Object.keys(wished).filter((what) => !effects.includes(what));
    const facts = { wishes: Object.keys(wishes).length, refused: refused.length, 'orders stored': books.orders.length };
    if (effects.length > 0) return { kind: 'succeeded', reason: `the customer chose ${effects.join(', ')}`, withheld, facts };
    if (refused.length !== Object.keys(wishes).length) throw new Error(`expected every wish to be refused, found ${JSON.stringify(facts)}`);
    return { kind: 'refused', code: 'VALIDATION_FAILED', reason: `each of ${refused.length} with 422, and nothing is stored`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform whose orders takes what else a request says, and writes it into the row',
    services: ['identity', 'orders', 'edge'],
    builds: {
      orders: [
        { file: SCHEMA, found: 'export const NewOrder = z.strictObject({', becomes: 'export const NewOrder = z.looseObject({' },
        { file: SCHEMA, found: '.array(z.strictObject({ productId', becomes: '.array(z.looseObject({ productId' },
        { file: PLACE, found: '{ lines, cardToken }: NewOrder)', becomes: '{ lines, cardToken, ...chosen }: NewOrder)' },
        { file: PLACE, found: '    version: 1,\n', becomes: '    version: 1,\n    ...chosen,\n' },
        {
          file: PLACE,
          found: 'lines.map(({ productId, quantity }) => ({ quantity, ...(stock.get(productId) as StockRow) }))',
          becomes: 'lines.map(({ productId, ...wishes }) => ({ ...(stock.get(productId) as StockRow), ...wishes }))',
        },
      ],
    },
  },
};
