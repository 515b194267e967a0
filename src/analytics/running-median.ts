import { at } from './at.ts';
import { sortedFinite } from './order-statistics.ts';

/**
 * The median of the `window` values that end at each step (the step itself included); the first steps take the first
 * full window, so that the result has no ragged start. NaN = missing; a window without a value repeats the last median
 * (the first known one at the start, NaN when no value is finite). n log n whatever the window, by a Fenwick tree over
 * the ranks (Fenwick 1994).
 */
export function trailingMedian(values: Float64Array, window: number): Float64Array {
  return windowMedian(values, window, 0);
}

/** As {@link trailingMedian}, with the window centred on each step; the ends take the nearest full window. */
export function centredMedian(values: Float64Array, window: number): Float64Array {
  return windowMedian(values, window, Math.floor(window / 2));
}

function windowMedian(values: Float64Array, window: number, ahead: number): Float64Array {
  const n = values.length;
  const width = Math.min(n, window);
  const sorted = sortedFinite(values);
  const ranks = Int32Array.from(values, (value) => (Number.isFinite(value) ? rankOf(sorted, value) : -1));
  const counts = createRankCounts(sorted.length);
  const medians = new Float64Array(n).fill(Number.NaN);
  let current = at(sorted, 0);
  let end = 0;
  for (let i = 0; i < n; i++) {
    const wantedEnd = Math.min(n, Math.max(width, i + 1 + ahead));
    for (; end < wantedEnd; end++) {
      counts.add(ranks[end] ?? -1, 1);
      counts.add(ranks[end - width] ?? -1, -1);
    }
    const size = counts.size();
    if (size > 0) {
      const upper = counts.select(size >> 1);
      const lower = size % 2 === 1 ? upper : counts.select((size >> 1) - 1);
      current = (at(sorted, lower) + at(sorted, upper)) / 2;
    }
    medians[i] = current;
  }
  return medians;
}

function rankOf(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(sorted, middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface RankCounts {
  /** Counts a rank up or down; a negative rank is no value. */
  add(rank: number, change: number): void;
  size(): number;
  /** The rank of the k-th smallest, k from 0 to below the size. */
  select(k: number): number;
}

function createRankCounts(ranks: number): RankCounts {
  const tree = new Int32Array(ranks + 1);
  const top = 2 ** Math.floor(Math.log2(Math.max(1, ranks)));
  let size = 0;
  return {
    add(rank, change) {
      if (rank < 0) return;
      size += change;
      for (let i = rank + 1; i <= ranks; i += i & -i) tree[i] = (tree[i] ?? 0) + change;
    },
    size: () => size,
    select(k) {
      let position = 0;
      let left = k;
      for (let step = top; step > 0; step >>= 1) {
        const count = position + step <= ranks ? (tree[position + step] ?? 0) : Number.POSITIVE_INFINITY;
        if (count > left) continue;
        position += step;
        left -= count;
      }
      return position;
    },
  };
}
