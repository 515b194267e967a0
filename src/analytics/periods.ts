import { at } from './at.ts';
import { autocorrelation } from './autocorrelation.ts';
import { normalize } from './normalize.ts';
import { removeTrend } from './trendless.ts';
import { requireLength, requireStep } from './validate.ts';

const HOUR_MS = 3_600_000;
const CALENDAR_MS = [HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS] as const;
const MIN_CYCLES = 3;
const MAX_PERIODS = 3;
/** How far a peak rises above the valleys on its sides, at least; sampling noise needs more in short series. */
const MIN_PROMINENCE = 0.1;
const PROMINENCE_SIGMAS = 4;
/** Standard errors of the autocorrelation that a peak must exceed; many lags are looked at. */
const SIGNIFICANT_SIGMAS = 4;
/** A peak this high counts in any case: in a short series a strong season inflates its own standard error. */
const SURELY_SIGNIFICANT = 0.5;
/** Steps on either side of a period within which a better one is looked for. */
const FOLD_REACH = 2;
/** Share of a peak's height that is left at twice its lag, at least. */
const REPEATED_SHARE = 0.4;
/** A weaker season than this share of the strongest is taken for one of its harmonics. */
const MIN_RELATIVE_STRENGTH = 0.4;
/** Periods closer than this share are the same one. */
const SAME_PERIOD = 0.03;

interface Peak {
  readonly lag: number;
  /** Autocorrelation there, -1..1. */
  readonly height: number;
}

/**
 * The seasonal periods of a series, in steps, ascending, at most three, each with three full cycles in the data.
 * A period is a significant peak of the autocorrelation (Bartlett's standard error) of the series without its trend that
 * stands out from both sides and comes again at twice the lag; a multiple of a shorter period counts only when it is
 * higher than its neighbours among the multiples, as a week is among days. `stepMs` (> 0) lets a period near an hour,
 * a day or a week be that. NaN = missing. `values`: at most 200,000. Takes n log n. Throws `invalid_argument`.
 */
export function findPeriods(values: Float64Array, stepMs?: number): number[] {
  requireLength(values);
  requireStep(stepMs);
  const longest = Math.floor(values.length / MIN_CYCLES);
  if (longest < 2) return [];
  const trendless = removeTrend(normalize(values).values);
  const correlation = autocorrelation(trendless, 2 * longest);
  const peaks = findPeaks(correlation, longest, values.length)
    .map(({ lag }) => refine(correlation, lag))
    .filter((peak) => comesAgain(correlation, peak))
    .map(({ lag }) => peakAt(correlation, nearestCalendar(bestFold(trendless, lag), stepMs)));
  return strongest(withoutMultiples(distinct(peaks), correlation));
}

/** Steps in an hour, a day and a week, where those are whole numbers of at least two steps. */
export function calendarPeriods(stepMs: number | undefined): number[] {
  if (stepMs === undefined) return [];
  return CALENDAR_MS.map((periodMs) => periodMs / stepMs).filter((period) => Number.isInteger(period) && period >= 2);
}

function findPeaks(correlation: Float64Array, longest: number, n: number): Peak[] {
  const peaks: Peak[] = [];
  const prominence = Math.max(MIN_PROMINENCE, PROMINENCE_SIGMAS / Math.sqrt(n));
  const error = standardError(correlation, n);
  for (let lag = 2; lag <= longest; lag++) {
    const height = at(correlation, lag);
    const needed = Math.min(SURELY_SIGNIFICANT, SIGNIFICANT_SIGMAS * error * Math.sqrt(n / (n - lag)));
    if (height < needed || !isHighestAround(correlation, lag)) continue;
    const valley = Math.max(lowest(correlation, lag >> 1, lag), lowest(correlation, lag, lag + (lag >> 1)));
    if (height - valley < prominence) continue;
    peaks.push({ lag, height });
  }
  return peaks;
}

/** Bartlett (1946), with the correlations before the first that is not positive: those that noise alone may have. */
function standardError(correlation: Float64Array, n: number): number {
  let sumOfSquares = 0;
  for (let lag = 1; at(correlation, lag) > 0; lag++) sumOfSquares += at(correlation, lag) ** 2;
  return Math.sqrt((1 + 2 * sumOfSquares) / n);
}

function isHighestAround(correlation: Float64Array, lag: number): boolean {
  const reach = Math.max(1, Math.floor(lag / 10));
  const height = at(correlation, lag);
  for (let other = lag - reach; other <= lag + reach; other++) if (at(correlation, other) > height) return false;
  return true;
}

/** Chance alone makes one high peak among many lags, but not a second one at twice the lag. */
function comesAgain(correlation: Float64Array, { lag, height }: Peak): boolean {
  return highest(correlation, 2 * lag - 1, 2 * lag + 1) >= REPEATED_SHARE * height;
}

/** The lag near a peak whose multiples are highest on average: sharper than the peak itself, which is flat on top. */
function refine(correlation: Float64Array, peak: number): Peak {
  const reach = Math.max(1, Math.round(peak * SAME_PERIOD));
  let best = peak;
  let bestMean = Number.NEGATIVE_INFINITY;
  const multiples = Math.floor((correlation.length - 1) / (peak + reach));
  for (let lag = Math.max(2, peak - reach); lag <= peak + reach; lag++) {
    let sum = 0;
    for (let k = 1; k <= multiples; k++) sum += at(correlation, k * lag);
    if (sum / multiples <= bestMean) continue;
    best = lag;
    bestMean = sum / multiples;
  }
  return peakAt(correlation, best);
}

/** The period near `lag` whose phases explain most: the least-squares answer, too dear to ask of every lag. */
function bestFold(values: Float64Array, lag: number): number {
  let best = lag;
  let most = explainedByPhase(values, lag);
  for (let period = Math.max(2, lag - FOLD_REACH); period <= lag + FOLD_REACH; period++) {
    const explained = explainedByPhase(values, period);
    if (explained <= most) continue;
    best = period;
    most = explained;
  }
  return best;
}

/** Sum of squares of the phases' means, weighted by their number of steps. */
function explainedByPhase(values: Float64Array, period: number): number {
  const sums = new Float64Array(period);
  for (let i = 0; i < values.length; i++) sums[i % period] = at(sums, i % period) + at(values, i);
  return sums.reduce((total, sum, phase) => total + (sum * sum) / Math.ceil((values.length - phase) / period), 0);
}

function peakAt(correlation: Float64Array, lag: number): Peak {
  return { lag, height: at(correlation, lag) };
}

function nearestCalendar(lag: number, stepMs: number | undefined): number {
  return calendarPeriods(stepMs).find((period) => Math.abs(period - lag) <= period * SAME_PERIOD) ?? lag;
}

function distinct(peaks: readonly Peak[]): Peak[] {
  const byHeight = peaks.toSorted((a, b) => b.height - a.height);
  return byHeight
    .filter((p, i) => !byHeight.slice(0, i).some((q) => Math.abs(p.lag - q.lag) <= SAME_PERIOD * p.lag))
    .toSorted((a, b) => a.lag - b.lag);
}

/** Drops each peak that only repeats a shorter one. */
function withoutMultiples(peaks: readonly Peak[], correlation: Float64Array): Peak[] {
  return peaks.filter((p, i) =>
    peaks.slice(0, i).every((q) => !isMultiple(p.lag, q.lag) || standsOut(p, q, correlation)),
  );
}

function isMultiple(lag: number, base: number): boolean {
  return Math.abs(lag - Math.round(lag / base) * base) <= Math.max(1, lag * SAME_PERIOD);
}

function standsOut(peak: Peak, base: Peak, correlation: Float64Array): boolean {
  const before = at(correlation, peak.lag - base.lag);
  const after = at(correlation, peak.lag + base.lag);
  return peak.height - Math.max(before, after) >= MIN_PROMINENCE || peak.height > 2 * base.height;
}

function strongest(peaks: readonly Peak[]): number[] {
  const top = Math.max(...peaks.map((p) => p.height));
  return peaks
    .filter((p) => p.height >= MIN_RELATIVE_STRENGTH * top)
    .toSorted((a, b) => b.height - a.height)
    .slice(0, MAX_PERIODS)
    .map((p) => p.lag)
    .toSorted((a, b) => a - b);
}

function lowest(values: Float64Array, from: number, to: number): number {
  return values.subarray(Math.max(0, from), to + 1).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function highest(values: Float64Array, from: number, to: number): number {
  return values.subarray(Math.max(0, from), to + 1).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}
