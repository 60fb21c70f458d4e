import { randomInt, randomUUID } from 'node:crypto';
import type { Drill } from '../../drill.ts';
import { Shopper } from '../shopper.ts';
import { searchLogs, searchVolumes } from './places.ts';

const END_MS = 60_000;

export const drill: Drill = {
  title: 'Somebody who has every log and every disk looks for the number of a card',
  practices: ['2.2'],
  attack:
    'A customer gives a card, also in requests that are wrong in every way, and pays with it. Somebody who can read the logs of all containers and every file of the stores of orders, payments, NATS and the provider looks for its number.',
  control:
    'A number is an object that is written as its last four digits; it is sealed (AES-256-GCM) before it is stored; orders and messages know a token.',
  refusals: ['NOWHERE_FOUND'],
  async run(platform) {
    const since = Date.now();
    const [number, marina] = [freshNumber(), await Shopper.signIn(platform, 'marina')];
    const token = await marina.keepCard(number);
    const wrong = [
      { number, expiry: '2000-01' },
      { number: `${number}x`, expiry: '2099-12' },
      { number: [number], expiry: '2099-12' },
      { number, expiry: '2099-12', holder: number },
      { number, expiry: '2099-12', securityCode: number },
    ];
    const answers = await Promise.all(wrong.map(async (body) => marina.offerCard(body)));
    const repeated = answers.filter(({ text }) => text.includes(number)).length;
    const { id } = await marina.order(randomUUID(), token);
    const [status] = await marina.ended([id], END_MS);
    const places = { ...(await searchVolumes(platform, [number, id])), ...(await searchLogs(platform, [number, id], since)) };
    const holding = (text: string): string[] => Object.keys(places).filter((place) => places[place]?.includes(text));
    const found = [...holding(number), ...(repeated > 0 ? ['answers'] : [])];
    const facts = { 'places searched': Object.keys(places).length, 'hold the order': holding(id).length, 'hold the number': found.length };
    const withheld = ['payments-postgres-data', 'log of payments'].filter((place) => !found.includes(place));
    if (found.length > 0) return { kind: 'succeeded', reason: `the number of the card is in: ${found.join(', ')}`, withheld, facts };
    if (status !== 'paid' || answers.some((answer) => answer.status !== 422))
      throw new Error(
        `expected an order that is paid and ${wrong.length} refusals, found ${status} and ${answers.map((one) => one.status).join(', ')}`,
      );
    // a search that does not find what must be there proves nothing
    const missed = ['orders-postgres-data', 'nats-data', 'payments-postgres-data', 'payment-provider-ledger', 'log of payments'].filter(
      (place) => !holding(id).includes(place),
    );
    if (missed.length > 0) throw new Error(`expected to find the order's own id everywhere, found nothing of it in ${missed.join(', ')}`);
    return { kind: 'refused', code: 'NOWHERE_FOUND', reason: `in none of ${Object.keys(places).length} logs and disks`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform whose payments writes numbers as they are, into its log and into its database',
    services: ['identity', 'orders', 'payments', 'edge'],
    builds: {
      payments: [
        { file: 'apps/payments/src/cards/card-number.ts', found: 'return `…${this.lastFour}`;', becomes: 'return this.#digits;' },
        {
          file: 'apps/payments/src/cards/cards.repository.ts',
          found: '...this.#vault.seal(number, token)',
          becomes: "sealed: Buffer.from(number.reveal()), key_id: 'none'",
        },
        {
          file: 'apps/payments/src/cards/cards.repository.ts',
          found: 'this.#vault.open(row, token)',
          becomes: 'CardNumber.parse(row.sealed.toString())',
        },
      ],
    },
  },
};

/** A number that nobody has used before, with its right last digit (Luhn). */
function freshNumber(): string {
  const body = `4${String(randomInt(10 ** 14)).padStart(14, '0')}`;
  const sum = Array.from(body, Number).reduce((total, digit, index) => {
    const value = index % 2 === 0 ? digit * 2 : digit;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}
