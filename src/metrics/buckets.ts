import type { Samples } from './samples.ts';

/** A grid: bucket i is `[startMs + i * stepMs, startMs + (i + 1) * stepMs)`. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** What the samples of each bucket of a grid add up to. Where `n` is 0 the others say nothing. */
export interface Buckets extends Grid {
  readonly n: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
  readonly first: Float64Array;
  readonly last: Float64Array;
}

/** Samples that lie in one bucket, in sum. */
export interface Summary {
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly first: number;
  readonly last: number;
}

/** Buckets to which samples and summaries are added in any order; those of one bucket must not overlap in time. */
export function createBuckets(grid: Grid) {
  const { startMs, stepMs, count } = grid;
  const array = () => new Float64Array(count);
  const buckets: Buckets = {
    ...grid,
    n: array(),
    min: array().fill(Number.POSITIVE_INFINITY),
    max: array().fill(Number.NEGATIVE_INFINITY),
    sum: array(),
    first: array(),
    last: array(),
  };
  const firstMs = array().fill(Number.POSITIVE_INFINITY);
  const lastMs = array().fill(Number.NEGATIVE_INFINITY);

  return {
    buckets,

    /** Samples outside of the grid are left out. */
    addSamples({ timesMs, values }: Samples): void {
      const { n, min, max, sum, first, last } = buckets;
      for (let i = 0; i < timesMs.length; i += 1) {
        const timeMs = timesMs[i] as number;
        const value = values[i] as number;
        const at = Math.floor((timeMs - startMs) / stepMs);
        if (at < 0 || at >= count) continue;
        n[at] = (n[at] as number) + 1;
        sum[at] = (sum[at] as number) + value;
        if (value < (min[at] as number)) min[at] = value;
        if (value > (max[at] as number)) max[at] = value;
        if (timeMs < (firstMs[at] as number)) {
          firstMs[at] = timeMs;
          first[at] = value;
        }
        if (timeMs >= (lastMs[at] as number)) {
          lastMs[at] = timeMs;
          last[at] = value;
        }
      }
    },

    /** @param fromMs start of the time that the summary is of, all of which lies in one bucket. */
    addSummary(fromMs: number, summary: Summary): void {
      const at = Math.floor((fromMs - startMs) / stepMs);
      if (at < 0 || at >= count) return;
      const { n, min, max, sum, first, last } = buckets;
      n[at] = (n[at] as number) + summary.n;
      sum[at] = (sum[at] as number) + summary.sum;
      min[at] = Math.min(min[at] as number, summary.min);
      max[at] = Math.max(max[at] as number, summary.max);
      if (fromMs < (firstMs[at] as number)) {
        firstMs[at] = fromMs;
        first[at] = summary.first;
      }
      if (fromMs >= (lastMs[at] as number)) {
        lastMs[at] = fromMs;
        last[at] = summary.last;
      }
    },
  };
}

/** The grid of whole steps since the epoch that covers `[fromMs, toMs)`. */
export function gridOf({ fromMs, toMs }: { fromMs: number; toMs: number }, stepMs: number): Grid {
  const startMs = Math.floor(fromMs / stepMs) * stepMs;
  return { startMs, stepMs, count: Math.max(0, Math.ceil((toMs - startMs) / stepMs)) };
}

/** One number a bucket; NaN where there are no samples, 0 where they are counted. */
export function bucketValues(buckets: Buckets, how: 'avg' | 'min' | 'max' | 'sum' | 'last' | 'count'): Float64Array {
  if (how === 'count') return buckets.n;
  const from = how === 'avg' ? buckets.sum : buckets[how];
  return buckets.n.map((n, i) =>
    n === 0 ? Number.NaN : how === 'avg' ? (from[i] as number) / n : (from[i] as number),
  );
}

/** All buckets in one; null when there are no samples. */
export function total({ n, min, max, sum, first, last }: Buckets): Summary | null {
  const from = n.findIndex((count) => count > 0);
  if (from < 0) return null;
  const to = n.findLastIndex((count) => count > 0);
  const add = (a: number, b: number) => a + b;
  return {
    n: n.reduce(add),
    min: min.reduce((a, b) => Math.min(a, b)),
    max: max.reduce((a, b) => Math.max(a, b)),
    sum: sum.reduce(add),
    first: first[from] as number,
    last: last[to] as number,
  };
}

/** Whether `[fromMs, toMs)` lies in one bucket of the grid. */
export function liesInOneBucket({ startMs, stepMs, count }: Grid, fromMs: number, toMs: number): boolean {
  if (fromMs < startMs || toMs > startMs + count * stepMs) return false;
  return Math.floor((fromMs - startMs) / stepMs) === Math.floor((toMs - 1 - startMs) / stepMs);
}
