import { quantile } from '../../core/statistics.ts';
import { median, sortedFinite } from '../order-statistics.ts';
import { windowEnergy } from './window-energy.ts';

/** Of the usual window: what lasts for a quarter of a cycle shows in it, and a fifth of it shows its ends. */
const SHARE_OF_WINDOW = 1 / 4;
/** Fewer steps do not tell what is usual for a stretch of them. */
const MIN_STEPS = 256;
/** The upper end of what is usual. */
const USUAL = 0.95;
/** It lies at least by this share above the median, so that a series without any noise does not turn a crumb into a stretch. */
const MIN_SHARE_OF_MEDIAN = 0.25;

/**
 * How odd the steps around each one are as a whole, none of which need be: the root mean square of the deviations over a
 * quarter of a `window`, in terms of how far its 95 % quantile in this series lies above its median; 0 in too short a
 * series. Between 2 and 3 at most in series without anomalies; a cycle of half the height or turned round has 7 to 9.
 *
 * `deviations`: residuals in robust standard deviations, NaN = missing.
 */
export function stretchDeviation(deviations: Float64Array, window: number): Float64Array {
  if (deviations.length < MIN_STEPS) return new Float64Array(deviations.length);
  const energy = windowEnergy(deviations, Math.max(2, Math.floor(SHARE_OF_WINDOW * window)));
  const middle = median(energy);
  const reach = quantile(sortedFinite(energy), USUAL) - middle;
  const unit = Math.max(reach, MIN_SHARE_OF_MEDIAN * middle, Number.EPSILON);
  return energy.map((value) => Math.max(0, (value - middle) / unit));
}
