import { quantile } from '../core/statistics.ts';
import type { Samples } from './samples.ts';

export const aggregations = ['avg', 'min', 'max', 'sum', 'last', 'count', 'p50', 'p95', 'p99'] as const;
export type Aggregation = (typeof aggregations)[number];

/** Whether samples are needed one by one for it. */
export function isQuantile(how: Aggregation): how is 'p50' | 'p95' | 'p99' {
  return how === 'p50' || how === 'p95' || how === 'p99';
}

/** Samples on a grid: `values[i]` is the aggregate of `[startMs + i * stepMs, startMs + (i + 1) * stepMs)`, NaN = none. */
export interface Resampled {
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: Float64Array;
}

const niceStepsMs = [1, 2, 5, 10, 15, 20, 30]
  .map((seconds) => seconds * 1000)
  .concat([1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * 60_000))
  .concat([1, 2, 3, 6, 12].map((hours) => hours * 3_600_000))
  .concat([1, 2, 7, 14, 28].map((days) => days * 86_400_000));

/** The shortest step people use that cuts `spanMs` into at most `maxPoints`, not shorter than `floorMs`. */
export function niceStep(spanMs: number, maxPoints: number, floorMs: number): number {
  const wanted = Math.max(spanMs / maxPoints, floorMs);
  return niceStepsMs.find((step) => step >= wanted) ?? Math.ceil(wanted / 86_400_000) * 86_400_000;
}

/** Aggregates samples of `[fromMs, toMs)` onto a grid aligned to multiples of `stepMs`. */
export function resample(
  samples: Samples,
  window: { fromMs: number; toMs: number; stepMs: number },
  how: Aggregation,
): Resampled {
  const { stepMs } = window;
  const startMs = Math.floor(window.fromMs / stepMs) * stepMs;
  const count = Math.max(0, Math.ceil((window.toMs - startMs) / stepMs));
  const values = new Float64Array(count).fill(how === 'count' ? 0 : Number.NaN);
  const { timesMs } = samples;
  let from = 0;
  while (from < timesMs.length) {
    const index = Math.floor(((timesMs[from] ?? 0) - startMs) / stepMs);
    const endMs = startMs + (index + 1) * stepMs;
    let to = from + 1;
    while (to < timesMs.length && (timesMs[to] ?? 0) < endMs) to++;
    if (index >= 0 && index < count) values[index] = aggregate(samples.values.subarray(from, to), how);
    from = to;
  }
  return { startMs, stepMs, values };
}

/** One number for `values`, which holds at least one and no NaN. */
function aggregate(values: Float64Array, how: Aggregation): number {
  switch (how) {
    case 'avg':
      return sum(values) / values.length;
    case 'sum':
      return sum(values);
    case 'min':
      return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    case 'max':
      return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    case 'last':
      return values.at(-1) ?? Number.NaN;
    case 'count':
      return values.length;
    default:
      return quantile(values.slice().sort(), Number(how.slice(1)) / 100);
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
