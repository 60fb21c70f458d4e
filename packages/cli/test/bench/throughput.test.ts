import { describe, expect, it } from '@jest/globals';
import { summarize } from '../../src/bench/figures.ts';
import { throughputFigures } from '../../src/bench/throughput/measure-throughput.ts';

const round = (server: string, perSecond: number, processor: number) => ({ server, perSecond, processor, answered: 1, failed: 0, p99: 1 });

/** A machine that gave the second turn only half of a core: requests a second halve, processor time does not. */
const ROUNDS = [
  round('bare, no TLS', 40_000, 25),
  round('bare', 25_000, 40),
  round('secured', 10_000, 100),
  round('bare, no TLS', 20_000, 25),
  round('bare', 12_500, 40),
  round('secured', 5_000, 100),
];

describe('throughputFigures', () => {
  const figure = (id: string) => {
    const found = throughputFigures({ rounds: ROUNDS }).find((one) => one.id === id);
    if (!found) throw new Error(`expected a figure ${id}, found none`);
    return { ...found, ...summarize(found) };
  };

  it('compares each turn with the bare one beside it, by both measures', () => {
    expect(figure('kept').values).toEqual([0.4, 0.4]);
    expect(figure('kept-processor').values).toEqual([0.4, 0.4]);
    expect(figure('kept-no-tls').values).toEqual([0.25, 0.25]);
  });

  it('tells how much of its core each server had', () => {
    expect(figure('share-secured').values).toEqual([1, 0.5]);
  });

  it('meets a target of at least 40 %, and does not meet it with less', () => {
    expect(figure('kept-processor').met).toBe(true);
    expect(summarize({ id: 'x', title: 'x', unit: 'ratio', values: [0.39], least: 0.4 }).met).toBe(false);
  });
});
