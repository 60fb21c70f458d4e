import { describe, expect, it } from '@jest/globals';
import { runDrill } from '../../drill.ts';
import type { Drill, DrillResult } from '../../drill.ts';
import type { DrillPlatform } from '../../platform.ts';
import { drill } from './drill.ts';
import { verdictOf } from './verdict.ts';
import type { Had } from './verdict.ts';

const FAILED = { at: 0, ms: 1, result: '503 Service Unavailable' };
const ANSWERED = { ...FAILED, result: 'ok' };
const PAID = { requests: 5, unanswered: 0, failures: 'none', accepted: 5, lost: 0, doubled: 0, unpaid: 0, chargedTwice: 0 };

/** Traffic of which so much was lost. */
function traffic(lost: number): Had['reads'] {
  const failed = Array.from({ length: lost }, () => FAILED);
  return { answers: [ANSWERED, ...failed], lost: failed, losses: lost > 0 ? `${lost} × ${FAILED.result}` : 'none', slowest: 1 };
}

async function judged(control: DrillResult['control'], had: Partial<Had>): Promise<DrillResult> {
  const seen = { reads: traffic(0), writes: traffic(0), sold: { accepted: 1, lost: 0, doubled: 0 }, paid: PAID, ...had };
  const one: Drill = { ...drill, run: async () => Promise.resolve(verdictOf(seen)) };
  return runDrill('rolling-deploy-under-load', one, {} as DrillPlatform, control);
}

describe('a deploy under load', () => {
  it('passes when each request was answered, and each order is there and paid once', async () => {
    expect(await judged('present', {})).toMatchObject({ outcome: 'refused', code: 'NOTHING_LOST', passed: true });
  });

  it.each<[string, Partial<Had>]>([
    ['one read fails', { reads: traffic(1) }],
    ['one order fails', { writes: traffic(1) }],
    ['one paid order fails', { paid: { ...PAID, unanswered: 1, failures: '1 × 503' } }],
    ['an accepted order is lost', { sold: { accepted: 1, lost: 1, doubled: 0 } }],
    ['an order is never paid', { paid: { ...PAID, unpaid: 1 } }],
    ['an order is charged twice', { paid: { ...PAID, chargedTwice: 1 } }],
  ])('has lost something when %s; without the fleet that proves nothing', async (_what, had) => {
    expect(await judged('present', had)).toMatchObject({ outcome: 'succeeded', passed: false });
    expect(await judged('removed', had)).toMatchObject({ outcome: 'error', passed: false });
  });

  it('proves nothing when nobody paid meanwhile', async () => {
    expect(await judged('present', { paid: { ...PAID, accepted: 0 } })).toMatchObject({ outcome: 'error', passed: false });
  });

  it('needs the fleet when without it reads and orders fail in numbers', async () => {
    expect(await judged('removed', { reads: traffic(200), writes: traffic(30) })).toMatchObject({ outcome: 'succeeded', passed: true });
    expect(await judged('removed', { reads: traffic(200) })).toMatchObject({ outcome: 'error', reason: expect.stringContaining('orders') });
  });
});
