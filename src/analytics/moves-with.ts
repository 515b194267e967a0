import { correlationAt, ranksOf } from './ranks.ts';

/** How far apart two series are looked for to move together, as a share of their length and in steps. */
const LONGEST_SHARE = 0.25;
const LONGEST_STEPS = 60;
/** A longer lag has to correlate by so much more for each step of it, as neighbouring lags hardly differ. */
const PER_STEP = 0.001;

/** How a series moves with another one. */
export interface Together {
  /** Of the ranks of both, at the lag: -1..1, negative where one falls when the other rises. */
  readonly correlation: number;
  /** Steps by which this one comes after the other; negative: before it. */
  readonly lag: number;
}

/** The lag at which the ranks of both series (of one length, NaN = missing) are correlated most, by its size. */
export function movesWith(values: Float64Array, reference: Float64Array): Together {
  const [one, other] = [ranksOf(values), ranksOf(reference)];
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
