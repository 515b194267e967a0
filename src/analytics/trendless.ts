import { quantile } from '../core/statistics.ts';
import { at } from './at.ts';
import { sortedFinite } from './order-statistics.ts';

/** Shares of the extreme values that are pulled in, so that a few outliers do not hide a season. */
const CLIPPED = 0.002;

/**
 * What is left after the straight line of least squares: mean zero, the most extreme 0.2 % on each side clipped, a
 * missing value 0. All zero when fewer than two values are finite.
 */
export function removeTrend(values: Float64Array): Float64Array {
  const sorted = sortedFinite(values);
  const low = quantile(sorted, CLIPPED);
  const high = quantile(sorted, 1 - CLIPPED);
  const clipped = values.map((value) => Math.min(high, Math.max(low, value)));
  const { intercept, slope } = fitLine(clipped);
  return clipped.map((value, i) => (Number.isFinite(value) ? value - intercept - slope * i : 0));
}

function fitLine(values: Float64Array): { intercept: number; slope: number } {
  let n = 0;
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i < values.length; i++) {
    const y = at(values, i);
    if (!Number.isFinite(y)) continue;
    n++;
    sumX += i;
    sumY += y;
  }
  const meanX = sumX / n;
  const meanY = sumY / n;
  let sumXX = 0;
  let sumXY = 0;
  for (let i = 0; i < values.length; i++) {
    const y = at(values, i);
    if (!Number.isFinite(y)) continue;
    sumXX += (i - meanX) ** 2;
    sumXY += (i - meanX) * (y - meanY);
  }
  const slope = sumXX > 0 ? sumXY / sumXX : 0;
  return { intercept: meanY - slope * meanX, slope };
}
