import { at } from './at.ts';
import type { Forecaster } from './forecaster.ts';
import { naive } from './forecasters/naive.ts';

/** Steps of history before the first origin, and origins, that make an error worth telling. */
const MIN_HISTORY = 6;
const MIN_ORIGINS = 3;
const MAX_ORIGINS = 10;
/** Short horizons get more origins, until about this many errors are seen, so that tail quantiles have something in them. */
const WANTED_ERRORS = 240;
const MAX_SHORT_ORIGINS = 60;

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

/** The errors of one method. */
export interface BacktestedForecaster {
  readonly forecaster: Forecaster;
  /** An array per origin: actual minus forecast at each step, NaN where the actual is missing. */
  readonly residuals: readonly Float64Array[];
  /** Mean absolute error over all origins and steps, NaN without any. */
  readonly meanAbsoluteError: number;
}

/** Origins of a rolling-origin evaluation (Tashman 2000) in the later half of `length` steps; null if it is too short. */
export function planBacktest(length: number, horizon: number): BacktestPlan | null {
  if (length < MIN_BACKTEST_POINTS) return null;
  const tested = Math.min(horizon, Math.floor(length / 4));
  const first = Math.max(MIN_HISTORY, Math.floor(length / 2));
  const last = length - tested;
  const wanted = Math.min(MAX_SHORT_ORIGINS, Math.max(MAX_ORIGINS, Math.ceil(WANTED_ERRORS / tested)));
  const count = Math.min(wanted, last - first + 1);
  if (count < MIN_ORIGINS) return null;
  const stride = Math.max(1, Math.min(tested, Math.floor((last - first) / (count - 1))));
  return {
    origins: Array.from({ length: count }, (_, i) => last - (count - 1 - i) * stride),
    horizon: tested,
  };
}

/**
 * Every forecaster that fits into the first history of the plan, fitted anew at each origin on the past alone; the
 * baseline `naive` comes first whether it is among them or not. `values`: normalized, NaN = missing, the first one finite.
 */
export function runBacktest(
  values: Float64Array,
  forecasters: readonly Forecaster[],
  plan: BacktestPlan,
): BacktestedForecaster[] {
  const [firstOrigin = 0] = plan.origins;
  return [naive, ...forecasters.filter((f) => f !== naive)]
    .filter((forecaster) => forecaster.minPoints <= firstOrigin)
    .map((forecaster) => {
      const residuals = plan.origins.map((origin) => residualsFrom(values, forecaster, origin, plan.horizon));
      return { forecaster, residuals, meanAbsoluteError: meanAbsolute(residuals) };
    });
}

/**
 * The mean absolute difference of successive finite values, by which an error is divided to become a MASE: 1 = as good
 * as repeating the last value for one step. Hyndman & Koehler, "Another look at measures of forecast accuracy" (2006).
 */
export function naiveScale(values: Float64Array): number {
  const known = values.filter(Number.isFinite);
  return meanAbsolute([known.subarray(1).map((value, i) => value - at(known, i))]);
}

function residualsFrom(values: Float64Array, forecaster: Forecaster, origin: number, horizon: number): Float64Array {
  const mean = forecaster.fit(values.subarray(0, origin)).predict(horizon);
  return mean.map((forecast, step) => {
    const residual = at(values, origin + step) - forecast;
    return Math.abs(residual) < ROUNDING ? 0 : residual;
  });
}

function meanAbsolute(rows: readonly Float64Array[]): number {
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
