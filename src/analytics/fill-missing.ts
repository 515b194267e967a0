import { at } from './at.ts';
import { median } from './order-statistics.ts';

/** Changes since the cycle before that are looked at: so many at least, or this share of the shortest cycle. */
const MIN_CHANGES = 12;
const SHARE_OF_CYCLE = 1 / 6;

/**
 * A copy without gaps. A missing value is the one a cycle of the longest of `periods` that reaches back so far before, moved
 * by as much as the last known values before the gap differ from those of their own cycle before, by the median: a series
 * that has grown or has a new level goes on with it. Without such a cycle it is the last value before the gap. Nothing is
 * learned from what came later. `values`: the first one is finite; `periods`: in steps, ascending.
 */
export function fillMissing(values: Float64Array, periods: readonly number[]): Float64Array {
  const filled = values.slice();
  const changes = new Float64Array(Math.max(MIN_CHANGES, Math.floor((periods[0] ?? 0) * SHARE_OF_CYCLE)));
  let count = 0;
  let period = 0;
  let moved: number | null = null;
  for (let i = 1; i < filled.length; i++) {
    const longest = periods.findLast((p) => p <= i) ?? 0;
    if (longest !== period) count = 0;
    period = longest;
    if (Number.isFinite(at(filled, i))) {
      if (period > 0) changes[count++ % changes.length] = at(filled, i) - at(filled, i - period);
      moved = null;
    } else if (period === 0) {
      filled[i] = at(filled, i - 1);
    } else {
      moved ??= count === 0 ? 0 : median(changes.subarray(0, Math.min(count, changes.length)));
      filled[i] = at(filled, i - period) + moved;
    }
  }
  return filled;
}
