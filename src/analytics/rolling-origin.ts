import { at } from './at.ts';
import type { Forecaster } from './forecaster.ts';

/** Steps of history before the first origin, and origins, that make an error worth telling. */
const MIN_HISTORY = 6;
const MIN_ORIGINS = 3;
/** Short horizons get more origins, until about this many errors are seen, so that tail quantiles have something in them. */
const WANTED_ERRORS = 240;
/** Cycles of the longest season that the first origin should have behind it. */
const WANTED_CYCLES = 2.25;

/** Errors below this share of the largest value are rounding and count as none. */
const ROUNDING = 1e-12;

/** Fewer values than this cannot be backtested. */
export const MIN_BACKTEST_POINTS = 12;

/** Where a backtest cuts the series. */
export interface BacktestPlan {
  /** Lengths of the histories, ascending. */
  readonly origins: readonly number[];
  /** Steps that are forecast from each origin; shorter than the wanted horizon when the series is short. */
  readonly horizon: number;
}

/** How many origins. */
export interface OriginCount {
  /** For long horizons, whose windows overlap. */
  readonly least: number;
  /** Where the windows hardly overlap, so that each tells something new. */
  readonly apart: number;
  /** For short horizons. */
  readonly most: number;
}

/** In steps, 0 = none. */
export interface LongestSeasons {
  /** With two cycles in the series. */
  readonly seen: number;
  /** With one cycle and a part of the next. */
  readonly young: number;
}

/** What one method predicted. */
export interface Backtested {
  readonly name: string;
  /** From each origin, a number per step. */
  readonly predictions: readonly Float64Array[];
  /** From the end of the history; computed once. */
  predict(): Float64Array;
}

/**
 * Origins of a rolling-origin evaluation (Tashman 2000), spread over the later half of `length` steps, later where a
 * season needs more history; null if the series is too short.
 */
export function planBacktest(
  length: number,
  horizon: number,
  { seen, young }: LongestSeasons,
  { least, apart, most }: OriginCount,
): BacktestPlan | null {
  if (length < MIN_BACKTEST_POINTS) return null;
  const afterYoung = young > 0 ? length - young - MIN_ORIGINS + 1 : length;
  const tested = Math.max(1, Math.min(horizon, Math.floor(length / 4), afterYoung));
  const last = length - tested;
  const half = Math.max(MIN_HISTORY, Math.floor(length / 2));
  const first = Math.max(half, young, Math.min(Math.ceil(WANTED_CYCLES * seen), last - 2 * tested));
  const hardlyOverlapping = Math.min(apart, Math.floor((1.5 * (last - first)) / tested));
  const wanted = Math.min(most, Math.max(least, hardlyOverlapping, Math.ceil(WANTED_ERRORS / tested)));
  const count = Math.min(wanted, last - first + 1);
  if (count < MIN_ORIGINS) return null;
  const stride = (last - first) / (count - 1);
  return {
    origins: Array.from({ length: count }, (_, i) => last - Math.round((count - 1 - i) * stride)),
    horizon: tested,
  };
}

/** Whether the windows of two origins, by their places in the plan, have no step in common. */
export function areApart({ origins, horizon }: BacktestPlan, one: number, other: number): boolean {
  return Math.abs((origins[one] ?? 0) - (origins[other] ?? 0)) >= horizon;
}

/** How many windows of the plan would fit side by side into the steps that it tests. */
export function distinctWindows({ origins, horizon }: BacktestPlan): number {
  return ((origins.at(-1) ?? 0) + horizon - (origins[0] ?? 0)) / horizon;
}

/**
 * Every forecaster that fits into the first history of the plan, fitted anew at each origin on the past alone, and at the
 * end for the next `horizon` steps. `values`: prepared, without gaps.
 */
export function runBacktest(
  values: Float64Array,
  forecasters: readonly Forecaster[],
  plan: BacktestPlan,
  horizon: number,
): Backtested[] {
  const [firstOrigin = 0] = plan.origins;
  const ends = [...plan.origins, values.length];
  const histories = historiesUpTo(values, ends);
  return forecasters
    .filter((forecaster) => forecaster.minPoints <= firstOrigin)
    .map((forecaster) => ({
      name: forecaster.name,
      predictions: histories.slice(0, -1).map((history) => predictWithin(forecaster, history, plan.horizon)),
      predict: once(() => predictWithin(forecaster, histories.at(-1) ?? { values, lowest: 0, highest: 0 }, horizon)),
    }));
}

/** `compute`, which is called when its result is first asked for. */
export function once<T>(compute: () => T): () => T {
  let result: T | undefined;
  return () => {
    result ??= compute();
    return result;
  };
}

/** How far beyond the range of its history, in ranges, a forecast may go. */
const MAX_RANGES = 5;

/** A start of a series, and its range. */
interface Start {
  readonly values: Float64Array;
  readonly lowest: number;
  readonly highest: number;
}

/** The values before each of some ascending ends. */
function historiesUpTo(values: Float64Array, ends: readonly number[]): Start[] {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let i = 0;
  return ends.map((end) => {
    for (; i < end; i++) {
      const value = at(values, i);
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
    return { values: values.subarray(0, end), lowest, highest };
  });
}

/**
 * A forecast that is finite and does not run away, no further from its history than five times the range of that, and
 * is the last value where it differs from that by rounding alone.
 */
function predictWithin(
  forecaster: Forecaster,
  { values: history, lowest, highest }: Start,
  horizon: number,
): Float64Array {
  const reach = MAX_RANGES * (highest - lowest) * Math.max(1, horizon / history.length);
  const last = at(history, history.length - 1);
  const prediction = forecaster.fit(history).predict(horizon);
  for (let step = 0; step < horizon; step++) {
    const value = at(prediction, step);
    if (Math.abs(value - last) < ROUNDING || Number.isNaN(value)) prediction[step] = last;
    else if (value > highest + reach || value < lowest - reach)
      prediction[step] = value > highest ? highest + reach : lowest - reach;
  }
  return prediction;
}

/** Actual minus predicted at each step after each origin; NaN where the actual value is missing in `known`. */
export function residualsOf(
  known: Float64Array,
  predictions: readonly Float64Array[],
  { origins }: BacktestPlan,
): Float64Array[] {
  return predictions.map((prediction, i) => {
    const origin = origins[i] ?? 0;
    return prediction.map((value, step) => {
      const residual = at(known, origin + step) - value;
      return Math.abs(residual) < ROUNDING ? 0 : residual;
    });
  });
}

/** The mean over all origins and steps, NaN without any. */
export function meanAbsolute(rows: readonly Float64Array[]): number {
  let sum = 0;
  let count = 0;
  for (const row of rows) {
    for (const value of row) {
      if (Number.isNaN(value)) continue;
      sum += Math.abs(value);
      count++;
    }
  }
  return sum / count;
}

/**
 * The mean absolute difference of finite values `period` steps apart, by which an error is divided to become a MASE:
 * 1 = as good as repeating the last cycle, or for period 1 the last value. Hyndman & Koehler, "Another look at measures
 * of forecast accuracy" (2006).
 */
export function naiveScale(known: Float64Array, period: number): number {
  let sum = 0;
  let count = 0;
  for (let i = period; i < known.length; i++) {
    const change = Math.abs(at(known, i) - at(known, i - period));
    if (Number.isNaN(change)) continue;
    sum += change;
    count++;
  }
  return sum / count;
}
