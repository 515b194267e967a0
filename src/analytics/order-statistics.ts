import { quantile } from '../core/statistics.ts';

/** The finite values in ascending order, as a new array. */
export function sortedFinite(values: Float64Array): Float64Array {
  return values.filter(Number.isFinite).sort();
}

/** The median of the finite values; NaN when there are none. */
export function median(values: Float64Array): number {
  return quantile(sortedFinite(values), 0.5);
}
