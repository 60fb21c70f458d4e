import type { Outcome } from '../../drill.ts';
import type { Paid } from '../../payments/paying-customer.ts';
import type { Orders, Traffic } from '../traffic.ts';

/** Where all replicas go at once, customers lose far more; one that had bad luck loses less. */
const OUTAGE = { reads: 20, orders: 3 };

/** What customers had of a deploy. */
export interface Had {
  readonly reads: Pick<Traffic, 'answers' | 'lost' | 'losses' | 'slowest'>;
  readonly writes: Pick<Traffic, 'answers' | 'lost' | 'losses'>;
  readonly sold: Awaited<ReturnType<Orders['audit']>>;
  readonly paid: Paid;
}

/** Nothing lost, or what: a few requests that failed are a fault of the control, and no proof of what it is good for. */
export function verdictOf({ reads, writes, sold, paid }: Had): Outcome {
  const facts = {
    reads: reads.answers.length,
    orders: writes.answers.length,
    'orders accepted': sold.accepted,
    'paid orders': paid.accepted,
    'slowest read, ms': reads.slowest,
  };
  const failed = { reads: reads.lost.length, orders: writes.lost.length };
  if (failed.reads + failed.orders + paid.unanswered > 0) {
    const withheld = [
      ...(failed.reads < OUTAGE.reads ? [`more than ${failed.reads} of the reads`] : []),
      ...(failed.orders < OUTAGE.orders ? [`more than ${failed.orders} of the orders`] : []),
    ];
    const reason = `requests failed: reads ${reads.losses}, orders ${writes.losses}, paid orders ${paid.failures}`;
    return { kind: 'succeeded', reason, withheld, facts };
  }
  const wrong = {
    lost: sold.lost + paid.lost,
    doubled: sold.doubled + paid.doubled,
    'not paid': paid.unpaid,
    'charged twice': paid.chargedTwice,
  };
  const told = Object.entries(wrong).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  if (told.length > 0)
    return { kind: 'succeeded', reason: `of the accepted orders ${told.join(', ')}`, withheld: ['requests that fail'], facts };
  if (paid.accepted === 0) throw new Error('expected orders to be paid while payments is replaced, found none');
  return {
    kind: 'refused',
    code: 'NOTHING_LOST',
    reason: `each replica is a new one, and each of ${reads.answers.length + writes.answers.length + paid.requests} requests was answered`,
    facts,
  };
}
