import type { DrillPlatform } from '@seaworthy/drills';
import { interrupted } from '../../host/interrupt.ts';
import type { Figure } from '../figures.ts';
import type { ShopLoad, Sold } from './shop-load.ts';

/** On a slow machine it is what was sent by then that counts. */
const PATIENCE_MS = 30 * 60_000;
/** Another value makes another version, without another image. */
const VERSIONS: readonly Readonly<Record<string, string>>[] = [{ LOG_LEVEL: 'warn' }, {}];

/** Replaces all replicas of all services by another version, and again, until so many requests were sent meanwhile. */
export async function rollUnderLoad(
  platform: DrillPlatform,
  load: ShopLoad,
  wanted: number,
  onProgress: (text: string) => void,
): Promise<Figure[]> {
  let rolls = 0;
  for (const until = Date.now() + PATIENCE_MS; (load.sent < wanted && Date.now() < until) || rolls % VERSIONS.length !== 0; rolls += 1) {
    interrupted.throwIfAborted();
    const version = VERSIONS[rolls % VERSIONS.length] ?? {};
    onProgress(`${load.sent} requests, replacement ${rolls + 1}`);
    await platform.rollOut({ catalog: version, orders: version, payments: version });
  }
  return rolledFigures(await load.end(), wanted, rolls);
}

export function rolledFigures(sold: Sold, wanted: number, rolls: number): Figure[] {
  const { requests, unanswered, failures, ordersAccepted, ordersLost, ordersDoubled, paid } = sold;
  const note = `${rolls} replacements of each replica of catalog, orders and payments; ${ordersAccepted} orders among them, ${paid.accepted} to be paid; failed: ${failures}`;
  return [
    {
      id: 'roll-requests',
      title: 'rolling replacement: requests sent, none twice',
      unit: 'count',
      values: [requests],
      least: wanted,
      note,
    },
    { id: 'roll-lost', title: 'of them without their answer', unit: 'count', values: [unanswered], target: 0 },
    {
      id: 'roll-payments',
      title: 'orders not paid in the end, or charged twice',
      unit: 'count',
      values: [paid.unpaid + paid.chargedTwice],
      target: 0,
    },
    { id: 'roll-orders', title: 'accepted orders lost or doubled', unit: 'count', values: [ordersLost + ordersDoubled], target: 0 },
  ];
}
