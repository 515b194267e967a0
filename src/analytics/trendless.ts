import { at } from './at.ts';
import { median } from './order-statistics.ts';

/** Deviations up to which a value counts in full. */
const FULL_DEVIATIONS = 3;
/** What the wildest value counts as. */
const MOST_DEVIATIONS = 20;
/** Turns a median of absolute deviations into a standard deviation, for normal values. */
const MAD_TO_SIGMA = 1.4826;
/** Deviation below which a remainder is rounding; the values themselves are in -2..2. */
const ROUNDING = 1e-13;

/**
 * What is left after a straight line, in usual deviations around zero; beyond three it grows with the square root only,
 * to twenty at most, so that outliers do not hide a season, nor a nightly job vanish. NaN = missing. null when nothing is
 * left but rounding. `values`: in -2..2.
 */
export function removeTrend(values: Float64Array): Float64Array | null {
  const slope = medianSlope(values);
  const flat = values.map((value, i) => value - slope * i);
  const middle = median(flat);
  const sizes = flat.map((value) => Math.abs(value - middle));
  const typical = MAD_TO_SIGMA * median(sizes);
  const deviation = typical > ROUNDING ? typical : meanOf(sizes);
  if (!(deviation > ROUNDING)) return null;
  return removeLine(flat.map((value) => bound((value - middle) / deviation)));
}

/**
 * The median of the slopes over half the series, which neither outliers nor a season of several cycles move much (the
 * incomplete method of Theil 1950); 0 when no two known values are so far apart.
 */
function medianSlope(values: Float64Array): number {
  const reach = values.length >> 1;
  const rises = values.subarray(reach).map((value, i) => (value - at(values, i)) / reach);
  return median(rises) || 0;
}

function bound(deviations: number): number {
  const beyond = Math.max(0, Math.abs(deviations) - FULL_DEVIATIONS);
  if (beyond === 0) return deviations;
  return Math.sign(deviations) * Math.min(MOST_DEVIATIONS, FULL_DEVIATIONS + 2 * (Math.sqrt(beyond + 1) - 1));
}

/** Of the known values. */
function meanOf(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/** By least squares. */
function removeLine(values: Float64Array): Float64Array {
  const meanX = meanOf(values.map((value, i) => (Number.isNaN(value) ? value : i)));
  const meanY = meanOf(values);
  let sumXX = 0;
  let sumXY = 0;
  for (let i = 0; i < values.length; i++) {
    const y = at(values, i);
    if (Number.isNaN(y)) continue;
    sumXX += (i - meanX) ** 2;
    sumXY += (i - meanX) * (y - meanY);
  }
  const slope = sumXX > 0 ? sumXY / sumXX : 0;
  return values.map((value, i) => value - meanY - slope * (i - meanX));
}
