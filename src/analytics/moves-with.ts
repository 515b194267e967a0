import { quantile } from '../core/statistics.ts';
import { sortedFinite } from './order-statistics.ts';
import { correlationAt } from './ranks.ts';

/** How far apart two series are looked for to move together, as a share of their length and in steps. */
const LONGEST_SHARE = 0.25;
const LONGEST_STEPS = 60;
/** A longer lag has to correlate by so much more for each step of it, as neighbouring lags hardly differ. */
const PER_STEP = 0.001;
/** The share of values on either side that is cut to the next one, so that no single one makes a correlation. */
const OUTER = 0.02;

/** How a series moves with another one. */
export interface Together {
  /** At the lag: -1..1, negative where one falls when the other rises. */
  readonly correlation: number;
  /** Steps by which this one comes after the other; negative: before it. */
  readonly lag: number;
}

/**
 * The lag at which two series of one length (NaN = missing) are correlated most, by size, up to a quarter of their length
 * apart and 60 steps at most. By their values and not their ranks: what they do in an incident counts by how far they go, and
 * the order of what is noise before it little.
 */
export function movesWith(values: Float64Array, reference: Float64Array): Together {
  const [one, other] = [withoutExtremes(values), withoutExtremes(reference)];
  const longest = Math.min(LONGEST_STEPS, Math.floor(LONGEST_SHARE * values.length));
  let best: Together = { correlation: 0, lag: 0 };
  let most = 0;
  for (let lag = -longest; lag <= longest; lag++) {
    const correlation = correlationAt(one, other, lag);
    const weighed = Math.abs(correlation) - PER_STEP * Math.abs(lag);
    if (weighed <= most) continue;
    most = weighed;
    best = { correlation, lag };
  }
  return best;
}

/** Around the middle, so that sums of squares are exact enough. */
function withoutExtremes(values: Float64Array): Float64Array {
  const sorted = sortedFinite(values);
  const [low, middle, high] = [OUTER, 0.5, 1 - OUTER].map((p) => quantile(sorted, p)) as [number, number, number];
  return values.map((value) => (Number.isFinite(value) ? Math.min(high, Math.max(low, value)) - middle : Number.NaN));
}
