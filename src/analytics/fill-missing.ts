import { at } from './at.ts';

/**
 * A copy without gaps: a missing value is the one a cycle of the longest of `periods` that reaches back so far before, or
 * else the last one before it, so that nothing is learned from what came later. `values`: the first one is finite.
 */
export function fillMissing(values: Float64Array, periods: readonly number[]): Float64Array {
  const filled = values.slice();
  for (let i = 0; i < filled.length; i++) {
    if (Number.isFinite(at(filled, i))) continue;
    filled[i] = at(filled, i - (periods.findLast((period) => period <= i) ?? 1));
  }
  return filled;
}
