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

/** Samples of all series together in each bucket of a grid of its own. */
export interface Tally extends Grid {
  readonly n: Float64Array;
}

export function createTally(grid: Grid): Tally {
  return { ...grid, n: new Float64Array(grid.count) };
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

/**
 * Buckets of several series, known by their place, to which samples and summaries are added in any order; those of one
 * bucket must not overlap in time.
 * @param tally counts them too. What a summary is of must lie in one of its buckets.
 */
export function createBuckets(grid: Grid, series = 1, tally?: Tally) {
  const { startMs, stepMs, count } = grid;
  const array = (fill = 0) => new Float64Array(series * count).fill(fill);
  const [n, sum, first, last] = [array(), array(), array(), array()];
  const [min, max] = [array(Number.POSITIVE_INFINITY), array(Number.NEGATIVE_INFINITY)];
  const [firstMs, lastMs] = [array(Number.POSITIVE_INFINITY), array(Number.NEGATIVE_INFINITY)];

  /** Negative when it lies outside of the grid. */
  function bucketAt(timeMs: number): number {
    const at = Math.floor((timeMs - startMs) / stepMs);
    return at < count ? at : -1;
  }

  function tallied(timeMs: number, samples: number): void {
    if (tally === undefined) return;
    const at = Math.floor((timeMs - tally.startMs) / tally.stepMs);
    if (at >= 0 && at < tally.count) tally.n[at] = (tally.n[at] as number) + samples;
  }

  function add(at: number, timeMs: number, value: number): void {
    tallied(timeMs, 1);
    n[at] = (n[at] as number) + 1;
    sum[at] = (sum[at] as number) + value;
    if (value < (min[at] as number)) min[at] = value;
    if (value > (max[at] as number)) max[at] = value;
    addEnds(at, timeMs, value, value);
  }

  function addEnds(at: number, timeMs: number, firstValue: number, lastValue: number): void {
    if (timeMs < (firstMs[at] as number)) {
      firstMs[at] = timeMs;
      first[at] = firstValue;
    }
    if (timeMs >= (lastMs[at] as number)) {
      lastMs[at] = timeMs;
      last[at] = lastValue;
    }
  }

  return {
    of(place: number): Buckets {
      const part = (values: Float64Array) => values.subarray(place * count, (place + 1) * count);
      return {
        ...grid,
        n: part(n),
        min: part(min),
        max: part(max),
        sum: part(sum),
        first: part(first),
        last: part(last),
      };
    },

    /** Samples outside of the grid are left out. */
    addSamples(place: number, { timesMs, values }: Samples): void {
      for (let i = 0; i < timesMs.length; i += 1) {
        const at = bucketAt(timesMs[i] as number);
        if (at >= 0) add(place * count + at, timesMs[i] as number, values[i] as number);
      }
    },

    /** What several series had at one time: that at `places[i]` the value at `positions[i]`, unless it is not finite. */
    addRow(timeMs: number, values: Float64Array, { places, positions }: RowTargets): void {
      const at = bucketAt(timeMs);
      if (at < 0) return;
      for (let i = 0; i < places.length; i += 1) {
        const value = values[positions[i] as number] ?? Number.NaN;
        if (Number.isFinite(value)) add((places[i] as number) * count + at, timeMs, value);
      }
    },

    /** @param fromMs start of the time that the summary is of, all of which lies in one bucket. */
    addSummary(place: number, fromMs: number, summary: Summary): void {
      const bucket = bucketAt(fromMs);
      if (bucket < 0) return;
      const at = place * count + bucket;
      tallied(fromMs, summary.n);
      n[at] = (n[at] as number) + summary.n;
      sum[at] = (sum[at] as number) + summary.sum;
      min[at] = Math.min(min[at] as number, summary.min);
      max[at] = Math.max(max[at] as number, summary.max);
      addEnds(at, fromMs, summary.first, summary.last);
    },
  };
}

/** Which values of a row belong to which series. */
export interface RowTargets {
  readonly places: Uint32Array;
  readonly positions: Uint32Array;
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
