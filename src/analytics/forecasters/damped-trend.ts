import { at } from '../at.ts';
import { continueLevel } from '../exponential-smoothing.ts';
import type { Forecaster } from '../forecaster.ts';

/** Smoothing needs no more than the recent past; the bound makes the search independent of the series' length. */
const WINDOW = 250;
const MIN_POINTS = 6;

const ALPHAS = [0.05, 0.2, 0.5, 1] as const;
const BETAS = [0, 0.1, 0.4] as const;
const PHIS = [0.9, 1] as const;

interface Smoothing {
  /** Weight of a new value in the level, 0..1. */
  readonly alpha: number;
  /** Weight of a new slope in the trend, 0..1. */
  readonly beta: number;
  /** Share of the trend that is left after a step, 0..1. */
  readonly phi: number;
}

interface State {
  level: number;
  trend: number;
  /** Sum of the squared one-step errors. */
  sse: number;
}

/**
 * Holt's linear trend, damped: a level and a slope that fades. The three weights are those of a fixed grid with the
 * least squared one-step error over the last 250 steps.
 * Gardner & McKenzie, "Forecasting Trends in Time Series" (1985).
 */
export const dampedTrend: Forecaster = {
  name: 'damped-trend',
  minPoints: MIN_POINTS,
  fit(history) {
    const recent = history.subarray(Math.max(0, history.length - WINDOW));
    let best = { ...smooth(recent, { alpha: 1, beta: 0, phi: 1 }, Number.POSITIVE_INFINITY), phi: 1 };
    for (const alpha of ALPHAS) {
      for (const beta of BETAS) {
        for (const phi of PHIS) {
          const state = smooth(recent, { alpha, beta, phi }, best.sse);
          if (state.sse < best.sse) best = { ...state, phi };
        }
      }
    }
    return { predict: (horizon) => continueLevel(best, horizon) };
  },
};

/** Ends early where the errors have come to `most`. */
function smooth(values: Float64Array, { alpha, beta, phi }: Smoothing, most: number): State {
  const state = initialState(values);
  let { level, trend } = state;
  let sse = 0;
  for (let i = 0; i < values.length && sse < most; i++) {
    const forecast = level + phi * trend;
    const error = at(values, i) - forecast;
    sse += error * error;
    level = forecast + alpha * error;
    trend = phi * trend + alpha * beta * error;
  }
  return { level, trend, sse };
}

/** The first value, and the mean slope over the first ten steps, one step before the values begin. */
function initialState(values: Float64Array): State {
  const first = at(values, 0);
  const last = Math.min(10, values.length - 1);
  const trend = last > 0 ? (at(values, last) - first) / last : 0;
  return { level: first - trend, trend, sse: 0 };
}
