import { randomUUID } from 'node:crypto';
import { awaitThat } from '../../await-that.ts';
import { Traffic } from '../../fleet/traffic.ts';
import type { PayingCustomer } from '../../payments/paying-customer.ts';
import type { DrillPlatform } from '../../platform.ts';

const BACK_MS = 40_000;

/** What came of it when a store was away. */
export interface Met {
  /** requests that were answered with a problem which says that it cannot be had now */
  readonly refused: number;
  /** the longest that anybody waited, ms */
  readonly slowest: number;
  /** what should not have been: undefined when nothing was */
  readonly harm: string | undefined;
}

/** Customers ask for what is in catalog's PostgreSQL and in no cache, while it goes away. */
export async function askCatalog(platform: DrillPlatform, work: () => Promise<unknown>): Promise<Met> {
  return askMeanwhile(async () => platform.edge(`/products?search=${randomUUID()}`, { signal: AbortSignal.timeout(20_000) }), work);
}

/** A customer asks payments for his cards, and pays with one, while its PostgreSQL goes away. {@link harmOf} then tells of what he ordered. */
export async function askPayments(platform: DrillPlatform, payer: PayingCustomer, work: () => Promise<unknown>): Promise<Met> {
  const headers = { authorization: `Bearer ${await platform.customer('nemo')()}` };
  try {
    return await askMeanwhile(async () => platform.edge('/cards', { headers, signal: AbortSignal.timeout(20_000) }), work);
  } finally {
    await payer.stop();
  }
}

/** What became of orders that were to be paid, but for being paid once; undefined when all are. What failed is tried again later and later. */
export async function harmOf(payer: PayingCustomer): Promise<string | undefined> {
  const { accepted, lost, doubled, unpaid, chargedTwice, failures } = await payer.end();
  if (accepted > 0 && lost + doubled + unpaid + chargedTwice === 0 && failures === 'none') return undefined;
  return `of ${accepted} orders to be paid ${lost} lost, ${doubled} doubled, ${unpaid} not paid, ${chargedTwice} charged twice; failed: ${failures}`;
}

async function askMeanwhile(ask: () => Promise<Response>, work: () => Promise<unknown>): Promise<Met> {
  let refused = 0;
  const traffic = Traffic.of(
    async () => {
      const answer = await ask();
      if (answer.status !== 503 || answer.headers.get('content-type') !== 'application/problem+json') return answer;
      await answer.arrayBuffer();
      refused += 1;
      return new Response();
    },
    { clients: 2 },
    200,
  );
  try {
    await work();
    const back = await awaitThat(async () => (await ask()).status === 200, BACK_MS);
    if (back === undefined) throw new Error(`expected to be served again within ${BACK_MS / 1000} s, found that nobody is`);
  } finally {
    await traffic.stop();
  }
  return {
    refused,
    slowest: traffic.slowest,
    harm: traffic.lost.length > 0 ? `neither answered nor refused: ${traffic.losses}` : undefined,
  };
}
