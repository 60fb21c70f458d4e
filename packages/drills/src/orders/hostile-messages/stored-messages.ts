import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseFindings } from '../../findings.ts';
import { awaitThat } from '../../await-that.ts';
import { readLedger } from '../../payments/ledger.ts';
import { CARDS, Shopper } from '../../payments/shopper.ts';
import type { DrillPlatform } from '../../platform.ts';

/** More than JetStream leaves unacknowledged for one consumer (256, durable.consumer.ts): where none of them is put aside, nothing comes after them. */
export const FLOOD = 300;
const REPEATS = 3;
const PAID_MS = 60_000;
/** For an order behind all of them. It takes a second or two; a busy machine ten times that. */
const BEHIND_MS = 30_000;

/** What the program is to do: store messages, or look how far payments is with them. */
export type StoredTask = ({ readonly do: 'store' } & StoredAttack) | { readonly do: 'look' };

/** Of which order, and how many. */
export interface StoredAttack {
  readonly order: string;
  /** milliseconds since the epoch; the order was placed later */
  readonly since: number;
  readonly repeats: number;
  readonly flood: number;
}

export interface Stored {
  readonly sent: number;
  /** which JetStream knew already */
  readonly dropped: number;
  /** of the others: those that nobody can act upon */
  readonly poison: number;
}

/** Of the durable consumer of payments, as JetStream tells of it. */
export interface ConsumerState {
  readonly waiting: number;
  readonly inHand: number;
}

/** What came of messages that durable consumers got. */
export interface Delivered {
  /** how the platform was harmed, in words of the attack */
  readonly harm: readonly string[];
  readonly facts: Readonly<Record<string, number>>;
}

export const CHARGED_TWICE = 'an order charged twice';
export const HELD_UP = 'an order behind them that is not paid';

/**
 * Stores messages about an order that is paid, and asks for another one behind them. What was stored stays, as nobody may take it out: handled, among
 * the dead letters for their 30 days, and about an order of the drill's own. @throws Error when the platform did as it liked with them
 */
export async function storeMessages(platform: DrillPlatform): Promise<Delivered> {
  const since = Date.now();
  const shopper = await Shopper.signIn(platform, 'marina');
  const card = await shopper.keepCard(CARDS.good);
  const { id: order } = await shopper.order(randomUUID(), card);
  const [before] = await shopper.ended([order], PAID_MS);
  if (before !== 'paid') throw new Error(`expected an order to be paid before anything is tried, found it ${before}`);
  const stored = await run<Stored>(platform, { do: 'store', order, since, repeats: REPEATS, flood: FLOOD });
  // one has the id under which it is there
  if (stored.dropped !== 1) throw new Error(`expected JetStream to drop the one duplicate, found ${stored.dropped}`);
  const { id: next } = await shopper.order(randomUUID(), card);
  const [after] = await shopper.ended([next], BEHIND_MS);
  const charges = (await readLedger(platform, [order, next])).filter(({ status }) => status === 'succeeded');
  const charged = charges.filter(({ reference }) => reference === order).length;
  const facts = { 'messages stored': stored.sent - stored.dropped, 'charges for the order that was paid': charged };
  const harm = [...(charged > 1 ? [CHARGED_TWICE] : []), ...(after === 'paid' ? [] : [HELD_UP])];
  if (harm.length > 0) return { harm, facts };
  return { harm, facts: { ...facts, 'dead letters': await deadLetters(platform, since, stored.poison) } };
}

/** How many payments put aside: all that it cannot act upon, and nothing is left of them in its turn. */
async function deadLetters(platform: DrillPlatform, since: number, wanted: number): Promise<number> {
  let state: ConsumerState = { waiting: 0, inHand: 0 };
  const done = await awaitThat(async () => {
    state = await run<ConsumerState>(platform, { do: 'look' });
    return state.waiting + state.inHand === 0;
  }, BEHIND_MS);
  if (done === undefined) throw new Error(`expected payments to be done with all messages, found ${JSON.stringify(state)}`);
  const lines = await platform.logs('payments', since);
  const put = new Set(lines.filter(({ msg }) => msg === 'message is poison').map(({ id }) => id)).size;
  if (put !== wanted) throw new Error(`expected ${wanted} messages among the dead letters, found ${put}`);
  return put;
}

async function run<Findings>(platform: DrillPlatform, task: StoredTask): Promise<Findings> {
  const program = { file: join(import.meta.dirname, 'stored.program.ts'), args: [JSON.stringify(task)] };
  return parseFindings<Findings>(await platform.inPlaceOf('orders', { program }));
}
