import { at } from './at.ts';
import { median } from './order-statistics.ts';
import { trailingMedian } from './running-median.ts';

/** Distances from the level, in standard deviations, beyond which a value is an outlier. */
const LIMIT = 10;
/** Of a normal distribution: standard deviations in a median absolute deviation. */
const SIGMAS_PER_MAD = 1 / 0.6745;

/**
 * A copy in which outliers are pulled in to the limit: further than ten standard deviations from the median of the last
 * `window` steps, the deviation being that of the whole series by its median (Hampel identifier; Pearson 2002). Nothing
 * is an outlier where most values equal that median. `values`: finite.
 */
export function limitOutliers(values: Float64Array, window: number): Float64Array {
  const levels = trailingMedian(values, window);
  const distances = values.map((value, i) => Math.abs(value - at(levels, i)));
  const reach = LIMIT * SIGMAS_PER_MAD * median(distances);
  if (reach === 0) return values;
  return values.map((value, i) => Math.min(at(levels, i) + reach, Math.max(at(levels, i) - reach, value)));
}
