import { quantile } from '../core/statistics.ts';
import { at } from './at.ts';

/** The finite values in ascending order, as a new array. */
export function sortedFinite(values: Float64Array): Float64Array {
  return values.filter(Number.isFinite).sort();
}

/** Up to so many values are sorted by insertion: a typed array's own sort has a cost before it begins. */
const FEW = 24;

/** The median of the finite values; NaN when there are none. */
export function median(values: Float64Array): number {
  if (values.length > FEW) return quantile(sortedFinite(values), 0.5);
  const sorted = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = at(values, i);
    if (!Number.isFinite(value)) continue;
    let j = count++;
    for (; j > 0 && at(sorted, j - 1) > value; j--) sorted[j] = at(sorted, j - 1);
    sorted[j] = value;
  }
  return (at(sorted, (count - 1) >> 1) + at(sorted, count >> 1)) / 2;
}
