import { describe, expect, it } from '@jest/globals';
import { figureJson, figureTable, summarize } from '../../src/bench/figures.ts';
import type { Figure } from '../../src/bench/figures.ts';

const figure = (values: number[], rest: Partial<Figure> = {}): Figure => ({
  id: 'warm',
  title: 'warm npm start',
  unit: 'ms',
  values,
  ...rest,
});

describe('a figure', () => {
  it('is told as median and extremes', () => {
    expect(summarize(figure([900, 100, 200]))).toEqual({ n: 3, median: 200, min: 100, max: 900 });
    expect(summarize(figure([4, 1, 3, 2])).median).toBe(2.5);
  });
  it('leaves its values in the order in which they were measured', () => {
    expect(figureJson([figure([3, 1, 2])])).toEqual([expect.objectContaining({ values: [3, 1, 2], median: 2 })]);
  });
  describe('when there is a target', () => {
    it.each([
      [300, true],
      [299, false],
    ])('says whether the median is at most that: %i', (target, met) => {
      expect(summarize(figure([100, 300, 900], { target })).met).toBe(met);
    });
    it('stands beside it in the table', () => {
      expect(figureTable([figure([400], { target: 300 })])).toMatch(/warm npm start +400 ms +1 +at most 300 ms +NOT met/);
      expect(figureTable([figure([200], { target: 300 })])).toMatch(/at most 300 ms +met/);
    });
  });
  describe('when there is none', () => {
    it('judges nothing', () => {
      expect(summarize(figure([1]))).not.toHaveProperty('met');
      expect(figureTable([figure([1])])).not.toMatch(/met/);
    });
  });
  it('is shown in its unit', () => {
    const rows = [
      figure([61_000, 60_000, 62_000]),
      figure([1.0684], { unit: 'ratio' }),
      figure([1_200_000], { unit: 'bytes', note: 'gzip' }),
    ];
    const text = figureTable(rows);
    expect(text).toMatch(/1 min 01 s +1 min 00 s – 1 min 02 s +3/);
    expect(text).toContain('1.068');
    expect(text).toContain('1.2 MB');
    expect(text).toContain('warm npm start: gzip');
  });
});
