import { at } from '../at.ts';
import { normalBelow, studentQuantile } from '../normal.ts';
import { curved } from './curve.ts';
import { standstillOf } from './standstill.ts';
import { flat, latest, recent, steady, type Trend, type TrendModel, trendError, trendMean, trendOf } from './trend.ts';

/** A trend that was chosen by how it did on the series' own past, ready to be asked. Distances are in blocks. */
export interface TrendForecast {
  readonly model: string;
  /** Growth a block. */
  readonly slope: number;
  /** Null when the history is too short for one. */
  readonly backtest: TrendBacktest | null;
  /** The expected value `ahead` blocks after the last one. */
  mean(ahead: number): number;
  /** Half the width of the interval. */
  halfWidth(ahead: number): number;
  /**
   * How far above the mean the highest of the values up to there comes, with the probability of the interval's upper end.
   * A walk that is above a level at the end has been there before just as often without being so (the reflection
   * principle, Bachelier 1900): so far as the error is a walk's, half the tail counts.
   */
  highest(ahead: number): number;
  /** Probability that the value `ahead` blocks after the last one is above `threshold`. */
  above(threshold: number, ahead: number): number;
}

/** What makes a trend less sure than the values show. */
export interface Doubt {
  /** Variance of the level. */
  readonly level: number;
  /** Standard deviation of the slope, as a share of it. */
  readonly slope: number;
}

export const noDoubt: Doubt = { level: 0, slope: 0 };

/** Mean absolute errors of the chosen model and of the flat one, from `n` origins. */
export interface TrendBacktest {
  readonly error: number;
  readonly baselineError: number;
  readonly n: number;
}

const MIN_FIRST = 5;
const MAX_ORIGINS = 12;
/** A slope counts when it is so many standard errors from 0. */
const SIGNIFICANT = 2;
/** The errors of this many origins weigh as much as what the noise says. */
const PRIOR_ORIGINS = 6;
/** Good luck in the backtest narrows the interval by so much at most, as a variance. */
const LEAST = 0.9;
/** A trend may be this much worse than flat near by, as it pays far ahead; a faster one has to be this much better. */
const TOLERATED = 1.1;
const FASTER = 0.85;
/** A curve has to make its errors so much likelier than any line and staying flat do, as a mean logarithm: e times. */
const BENT = 1;
/** Noise of the latest blocks counts when its errors are so much likelier, as a mean logarithm: half the width. */
const MUCH_LIKELIER = Math.log(2);
/** Below it is rounding, of values of about 1. */
const LEAST_ERROR = 1e-9;
/** A single error counts as so many claimed variances at most. */
const MAX_SURPRISE = 100;

/**
 * Chooses and fits a trend; `values`: one a block, NaN = missing, at least two finite; `horizon` in blocks, >= 1;
 * `level`: probability of the interval, 0..1; `doubt` comes on top of what the values show.
 */
export function forecastTrend(
  values: Float64Array,
  {
    horizon,
    level,
    doubt = noDoubt,
  }: { readonly horizon: number; readonly level: number; readonly doubt?: Doubt | undefined },
): TrendForecast {
  const origins = originsOf(values.length);
  const test = (model: TrendModel) => testTrend(values, model, { origins, horizon });
  const baseline = test(flat);
  const still = standstillOf(values);
  const chosen = still ? { ...baseline, trend: still } : choose(baseline, [steady, recent].map(test), test(curved));
  const { model, error } = chosen;
  const trend = doubted(chosen.trend, doubt);
  const scale = calibrate(chosen);
  const freedom = Math.max(3, values.filter(Number.isFinite).length - 2);
  const reach = scale * studentQuantile((1 + level) / 2, freedom);
  const reachOfWalk = scale * studentQuantile((3 + level) / 4, freedom);
  const mean = (ahead: number) => trendMean(trend, ahead);
  return {
    model: model.name,
    slope: trend.slope,
    backtest: Number.isFinite(error) ? { error, baselineError: baseline.error, n: origins.length } : null,
    mean,
    halfWidth: (ahead) => reach * trendError(trend, ahead),
    highest(ahead) {
      const error = trendError(trend, ahead);
      const share = error > 0 ? (trend.noise.walk * ahead) / error ** 2 : 0;
      return error * (reach + share * (reachOfWalk - reach));
    },
    above(threshold, ahead) {
      const deviation = scale * trendError(trend, ahead);
      if (deviation === 0) return mean(ahead) >= threshold ? 1 : 0;
      return normalBelow((mean(ahead) - threshold) / deviation);
    },
  };
}

function doubted(trend: Trend, { level, slope }: Doubt): Trend {
  return {
    ...trend,
    levelVariance: trend.levelVariance + level,
    slopeVariance: trend.slopeVariance + (slope * trend.slope) ** 2,
  };
}

function originsOf(length: number): number[] {
  const first = Math.max(MIN_FIRST, Math.floor(length / 2));
  const last = length - 1;
  if (last - first + 1 < 3) return [];
  const count = Math.min(MAX_ORIGINS, last - first + 1);
  return Array.from({ length: count }, (_, i) => Math.round(first + ((last - first) * i) / (count - 1)));
}

interface Tested {
  readonly model: TrendModel;
  /** Fitted to all values. */
  readonly trend: Trend;
  /** Mean absolute error; NaN without any. */
  readonly error: number;
  /** Of each origin, the mean of the squared errors in the variances that the trend claimed. */
  readonly surprises: readonly number[];
  /** Mean negative log likelihood of the errors by those variances, but for a constant. */
  readonly loss: number;
}

/**
 * How a model did, with the noise of the whole past or of the latest blocks alone, where that tells its errors far better:
 * what filled up weeks ago says nothing of how much it moves now, and what has become faster left its line for good.
 */
function testTrend(
  values: Float64Array,
  model: TrendModel,
  { origins, horizon }: { origins: readonly number[]; horizon: number },
): Tested {
  const pasts = [...origins, values.length].map((length) => {
    const past = values.subarray(0, length);
    return { past, growth: model.growthOf(past) };
  });
  const withNoiseOf = (span: (length: number) => number): Tested => {
    const fitted = pasts.map(({ past, growth }) => trendOf(past, growth, span(past.length)));
    const trend = fitted.pop() as Trend;
    return { model, trend, ...backtest(values, fitted, { origins, horizon }) };
  };
  const whole = withNoiseOf((length) => length);
  const late = withNoiseOf(latest);
  return late.loss < whole.loss - MUCH_LIKELIER ? late : whole;
}

function backtest(
  values: Float64Array,
  fitted: readonly Trend[],
  { origins, horizon }: { origins: readonly number[]; horizon: number },
) {
  let sum = 0;
  let count = 0;
  let loss = 0;
  const surprises: number[] = [];
  fitted.forEach((trend, i) => {
    const origin = origins[i] as number;
    let squared = 0;
    let logs = 0;
    let seen = 0;
    for (let ahead = 1; ahead <= horizon && origin + ahead <= values.length; ahead++) {
      const error = at(values, origin + ahead - 1) - trendMean(trend, ahead);
      if (!Number.isFinite(error)) continue;
      const claimed = trendError(trend, ahead);
      sum += Math.abs(error);
      squared += surprise(error, claimed);
      logs += Math.log(Math.max(LEAST_ERROR, claimed));
      seen++;
    }
    count += seen;
    if (seen === 0) return;
    surprises.push(squared / seen);
    loss += (logs + squared / 2) / seen;
  });
  return { error: sum / count, surprises, loss: loss / surprises.length };
}

function surprise(error: number, claimed: number): number {
  if (error === 0) return 0;
  return Math.min(MAX_SURPRISE, (error / claimed) ** 2);
}

/** A trend that can be told from chance, unless staying flat did better; the faster one when it did much better. */
function choose(baseline: Tested, lines: readonly Tested[], curve: Tested): Tested {
  const [first, ...others] = lines.filter(isSignificant);
  const best = first && others.reduce((a, b) => (b.error < FASTER * a.error ? b : a), first);
  const straight = best === undefined || best.error > TOLERATED * baseline.error ? baseline : best;
  const likeliest = Math.min(...[baseline, ...lines].map(({ loss }) => loss));
  const isCurved = curve.loss < likeliest - BENT && curve.error <= TOLERATED * baseline.error;
  return isCurved && isSignificant(curve) ? curve : straight;
}

function isSignificant({ trend }: Tested): boolean {
  return Math.abs(trend.slope) > SIGNIFICANT * Math.sqrt(trend.slopeVariance);
}

/** What the claimed errors have to be multiplied with: by the backtest, shrunk to 1 the fewer origins there are. */
function calibrate({ surprises }: Tested): number {
  const { length } = surprises;
  const sum = surprises.reduce((a, b) => a + b, 0);
  return Math.sqrt(Math.max(LEAST, (sum + PRIOR_ORIGINS) / (length + PRIOR_ORIGINS)));
}
