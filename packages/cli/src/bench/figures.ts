import { duration, size } from '../ui/duration.ts';
import { table } from '../ui/table.ts';

export type Unit = 'ms' | 'µs' | 'bytes' | 'ratio' | 'share' | 'count' | 'requests/s';

/** One thing that was measured, n times. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly values: readonly number[];
  /** what the project promises, on a quiet machine with 2 cores: at most this */
  readonly target?: number;
  /** the same where more is better: at least this */
  readonly least?: number;
  /** what else the reader has to know to judge it */
  readonly note?: string;
}

export interface Summary {
  readonly n: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** undefined without a target */
  readonly met?: boolean;
}

/** Median and extremes: with the few runs that a person waits for, a mean would be the slowest run's. */
export function summarize({ values, target, least }: Figure): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
  const extremes = { min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
  return { n: sorted.length, median, ...extremes, ...judge(median, target, least) };
}

function judge(median: number, target: number | undefined, least: number | undefined): { met?: boolean } {
  if (target !== undefined) return { met: median <= target };
  return least === undefined ? {} : { met: median >= least };
}

/** As people read it; the targets are printed beside the figures, and judged by nobody but the reader. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { n, median, min, max, met } = summarize(figure);
    const { unit, target, least } = figure;
    const show = (value: number): string => showValue(value, unit);
    return [
      figure.title,
      show(median),
      n === 1 ? '' : `${show(min)} – ${show(max)}`,
      String(n),
      target === undefined ? (least === undefined ? '' : `at least ${show(least)}`) : `at most ${show(target)}`,
      met === undefined ? '' : met ? 'met' : 'NOT met',
    ];
  });
  const notes = figures.flatMap(({ title, note }) => (note === undefined ? [] : [`  ${title}: ${note}`]));
  return [table([['', 'median', 'spread', 'n', 'target', ''], ...rows]), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

/** The same for programs: every value, so that others can judge anew. */
export function figureJson(figures: readonly Figure[]): object[] {
  return figures.map((figure) => ({ ...figure, ...summarize(figure) }));
}

function showValue(value: number, unit: Unit): string {
  if (unit === 'bytes') return size(value);
  if (unit === 'ratio') return value.toFixed(3);
  if (unit === 'share') return `${(value * 100).toFixed(3)} %`;
  if (unit === 'count') return String(value);
  if (unit === 'requests/s' || unit === 'µs') return `${value.toFixed(0)} ${unit}`;
  return value < 1000 ? `${value.toFixed(0)} ms` : duration(value);
}
