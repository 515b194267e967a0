import { at } from './at.ts';
import { median, medianOfFour, medianOfThree } from './order-statistics.ts';

/** Distances from what is usual, in standard deviations, beyond which a value may be an outlier. */
const LIMIT = 10;
/** Of a normal distribution: standard deviations in a median absolute deviation. */
const SIGMAS_PER_MAD = 1 / 0.6745;
/** What one value in 100 does is how the series is: an outlier is twice as far. */
const USUAL_SHARE = 0.99;
const BEYOND_USUAL = 2;
const MIN_STEPS = 12;
/** Less than this share of the range is rounding. */
const ROUNDING = 1e-9;
/** Values of the same phase in the cycles before, whose median is usual. */
const CYCLES = 3;
/** Steps on each side, four in all: what lasts for more than two is no outlier. */
const AROUND = 2;

/**
 * A copy in which outliers are pulled in to the limit: further than ten standard deviations from what is usual there, the
 * deviation being that of the whole series by its median (Hampel identifier; Pearson 2002), and twice as far as one value
 * in 100; and also twice as far from the middle of all values as one in 100. Usual is the median of the four nearest steps
 * or what two of them have, as what lasts is no outlier, or of the same phase in the three cycles before (of the first ones
 * after). Nothing is an outlier where most values are just the usual ones, or what differs is rounding.
 * `values`: finite; `period`: of the season in steps, 0 = none.
 */
export function limitOutliers(values: Float64Array, period: number): Float64Array {
  if (values.length < MIN_STEPS) return values;
  const usual = usualValues(values, period);
  const distances = values.map((value, i) => Math.abs(value - at(usual, i)));
  const deviation = SIGMAS_PER_MAD * median(distances);
  if (!(deviation > 0)) return values;
  if (!distances.some((distance) => distance > LIMIT * deviation)) return values;
  const sorted = distances.slice().sort();
  const rare = at(sorted, Math.floor(USUAL_SHARE * (sorted.length - 1)));
  const reach = Math.max(LIMIT * deviation, BEYOND_USUAL * rare);
  if (at(sorted, sorted.length - 1) <= reach) return values;
  const { low, high, range } = usualRange(values);
  if (reach < ROUNDING * range) return values;
  return values.map((value, i) => {
    if (value >= low && value <= high) return value;
    return Math.min(at(usual, i) + reach, Math.max(at(usual, i) - reach, value));
  });
}

/** Twice as far from the middle as one value in 100 is, on either side. */
function usualRange(values: Float64Array): { low: number; high: number; range: number } {
  const sorted = values.slice().sort();
  const last = sorted.length - 1;
  const rare = Math.ceil((1 - USUAL_SHARE) * last);
  const middle = at(sorted, last >> 1);
  return {
    low: middle + BEYOND_USUAL * (at(sorted, rare) - middle),
    high: middle + BEYOND_USUAL * (at(sorted, last - rare) - middle),
    range: at(sorted, last) - at(sorted, 0),
  };
}

/** At each step the nearest one of what the steps around it and what the cycles before have. */
function usualValues(values: Float64Array, period: number): Float64Array {
  const around = new Float64Array(2 * AROUND);
  const cycles = new Float64Array(CYCLES);
  const last = values.length - 1;
  return values.map((value, i) => {
    // As many at the ends, from one side.
    const first = Math.max(0, Math.min(i - AROUND, last - 2 * AROUND));
    for (let j = 0; j < around.length; j++) around[j] = at(values, first + j + (first + j >= i ? 1 : 0));
    // At an edge, and where it rises or falls, a value is as two of its neighbours are, or at an end as one.
    let usual = nearer(value, medianOfFour(around), secondNearest(around, value));
    if (i < AROUND) usual = nearer(value, usual, at(values, i + 1));
    if (i > last - AROUND) usual = nearer(value, usual, at(values, i - 1));
    if (period === 0) return usual;
    // The first cycles are held against those after them.
    const stride = i < CYCLES * period ? period : -period;
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const other = i + (cycle + 1) * stride;
      cycles[cycle] = other <= last ? at(values, other) : Number.NaN;
    }
    return nearer(value, usual, medianOfThree(cycles));
  });
}

function nearer(value: number, one: number, other: number): number {
  return Math.abs(other - value) < Math.abs(one - value) ? other : one;
}

function secondNearest(candidates: Float64Array, value: number): number {
  let [nearest, second] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const candidate of candidates) {
    const isNearest = Math.abs(candidate - value) < Math.abs(nearest - value);
    if (isNearest || Math.abs(candidate - value) < Math.abs(second - value)) second = isNearest ? nearest : candidate;
    if (isNearest) nearest = candidate;
  }
  return second;
}
