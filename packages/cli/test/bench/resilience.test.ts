import { describe, expect, it } from '@jest/globals';
import { figureTable, summarize } from '../../src/bench/figures.ts';
import type { Figure } from '../../src/bench/figures.ts';
import { killedFigures } from '../../src/bench/resilience/kill-in-turn.ts';
import { rolledFigures } from '../../src/bench/resilience/roll-under-load.ts';

const PAID = { accepted: 300, unpaid: 0, chargedTwice: 0 };
const SOLD = { requests: 200_000, unanswered: 0, failures: 'none', ordersAccepted: 9_000, ordersLost: 0, ordersDoubled: 0, paid: PAID };

function met(figures: readonly Figure[]): Record<string, boolean | undefined> {
  return Object.fromEntries(figures.map((figure) => [figure.id, summarize(figure).met]));
}

describe('figures of a rolling replacement', () => {
  it('are met by as many requests as wanted, with none lost', () => {
    expect(met(rolledFigures(SOLD, 200_000, 4))).toEqual({
      'roll-requests': true,
      'roll-lost': true,
      'roll-orders': true,
      'roll-payments': true,
    });
  });
  it.each([
    ['roll-requests', { requests: 199_999 }],
    ['roll-lost', { unanswered: 1 }],
    ['roll-orders', { ordersLost: 1 }],
    ['roll-orders', { ordersDoubled: 1 }],
    ['roll-payments', { paid: { ...PAID, unpaid: 1 } }],
    ['roll-payments', { paid: { ...PAID, chargedTwice: 1 } }],
  ])('are missed by one: %s', (id, change) => {
    expect(met(rolledFigures({ ...SOLD, ...change }, 200_000, 4))[id]).toBe(false);
  });
});

describe('figures of killed replicas', () => {
  const quiet = [1_000, 1_200, 5_000].map((startMs) => ({ startMs, ms: startMs + 500 }));
  const killed = (ms: number, sold = SOLD) => met(killedFigures(quiet, [{ ms, startMs: 900 }], sold));

  it('compare from death to successor with the median cold start of the same round', () => {
    expect(killed(1_800)).toMatchObject({ 'replaced-by-start': true, 'replaced-by-start-loaded': true });
    expect(killed(1_801)).toMatchObject({ 'replaced-by-start': true, 'replaced-by-start-loaded': false });
    const slow = quiet.map(({ startMs }) => ({ startMs, ms: 2_401 }));
    expect(met(killedFigures(slow, slow, SOLD))['replaced-by-start']).toBe(false);
  });
  it('tell besides how long it takes under load, by a start without', () => {
    const found = killedFigures(quiet, [{ ms: 3_000, startMs: 900 }], SOLD).find(({ id }) => id === 'replaced-by-quiet-start');
    expect(found).toMatchObject({ values: [2.5] });
  });
  it('want 99.99 % of requests answered, and every order once', () => {
    expect(killed(1_000, { ...SOLD, unanswered: 20 })).toMatchObject({ 'kill-answered': true, 'kill-lost': true, 'kill-doubled': true });
    expect(killed(1_000, { ...SOLD, unanswered: 21 })['kill-answered']).toBe(false);
    expect(killed(1_000, { ...SOLD, ordersLost: 1 })['kill-lost']).toBe(false);
    expect(killed(1_000, { ...SOLD, ordersDoubled: 1 })['kill-doubled']).toBe(false);
    expect(killed(1_000, { ...SOLD, paid: { ...PAID, chargedTwice: 1 } })['kill-charged-twice']).toBe(false);
    expect(killed(1_000, { ...SOLD, paid: { ...PAID, unpaid: 1 } })['kill-unpaid']).toBe(false);
  });
  it('show a share as closely as the promise is', () => {
    expect(figureTable(killedFigures(quiet, [{ ms: 1_000, startMs: 900 }], { ...SOLD, unanswered: 2 }))).toContain('99.999 %');
  });
});
