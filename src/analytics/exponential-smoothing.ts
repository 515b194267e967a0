import { at } from './at.ts';

/** Slopes that are tried: weight of a new one and share left after a step, both as multiples of 1 / steps ahead. */
const NO_TREND = { beta: 0, fading: 0 } as const;
const TRENDS = [0.5, 2.5, 10].flatMap((beta) => [0.5, 2.5].map((fading) => ({ beta, fading })));

/** The state of exponential smoothing after the last step. */
export interface SmoothedState {
  readonly level: number;
  /** Change of the level a step; 0 without a trend. */
  readonly trend: number;
  /** Weight of a new value in the level, above 0 and at most 1. */
  readonly alpha: number;
  /** Share of the trend that is left after a step, 0..1. */
  readonly phi: number;
}

/**
 * Exponential smoothing of a level, with `trend` of a damped slope too, whose weights are those of a fixed grid that
 * best foretell the mean of the next `ahead` steps, seen from each step of the past: one step ahead alone would follow
 * every passing deviation. `values`: all finite, at least one; `ahead`: an integer >= 1. Linear in the length.
 * Gardner & McKenzie, "Forecasting Trends in Time Series" (1985); fitted several steps ahead as in Xia & Tong, "Feature
 * Matching in Time Series Modeling" (2011).
 */
export function smoothExponentially(values: Float64Array, ahead: number, trend: boolean): SmoothedState {
  const steps = Math.max(1, Math.min(ahead, values.length >> 1));
  const targets = meansAhead(values, steps);
  let best: SmoothedState = { level: at(values, values.length - 1), trend: 0, alpha: 1, phi: 1 };
  let bestError = Number.POSITIVE_INFINITY;
  for (const { beta, fading } of trend ? [NO_TREND, ...TRENDS] : [NO_TREND]) {
    const phi = Math.exp(-fading / steps);
    for (let alpha = 1; alpha > 0.4 / steps; alpha /= 2) {
      const run = smooth(values, targets, {
        alpha,
        beta: Math.min(1, beta / steps),
        phi,
        reach: meanReach(phi, steps),
      });
      if (!(run.error < bestError)) continue;
      bestError = run.error;
      best = { level: run.level, trend: run.trend, alpha, phi };
    }
  }
  return best;
}

/** The level `k` = 1..horizon steps after the last. */
export function continueLevel({ level, trend, phi }: Omit<SmoothedState, 'alpha'>, horizon: number): Float64Array {
  const mean = new Float64Array(horizon);
  let reach = 0;
  let power = 1;
  for (let step = 0; step < horizon; step++) {
    power *= phi;
    reach += power;
    mean[step] = level + reach * trend;
  }
  return mean;
}

interface Weights {
  readonly alpha: number;
  readonly beta: number;
  readonly phi: number;
  /** How many of the present slopes the mean of the steps ahead lies above the level. */
  readonly reach: number;
}

function smooth(values: Float64Array, targets: Float64Array, { alpha, beta, phi, reach }: Weights) {
  let level = at(values, 0);
  let trend = 0;
  let error = 0;
  for (let i = 0; i < values.length; i++) {
    const expected = level + phi * trend;
    // The first values are averaged: a small weight would hold on to the very first one.
    const gain = Math.max(alpha, 1 / (i + 1)) * (at(values, i) - expected);
    level = expected + gain;
    trend = phi * trend + beta * gain;
    if (i < targets.length) error += Math.abs(at(targets, i) - level - reach * trend);
  }
  return { level, trend, error };
}

/** The mean of the `steps` values after each step that has as many. */
function meansAhead(values: Float64Array, steps: number): Float64Array {
  const means = new Float64Array(Math.max(0, values.length - steps));
  let sum = 0;
  for (let i = 1; i < values.length; i++) {
    sum += at(values, i);
    if (i < steps) continue;
    means[i - steps] = sum / steps;
    sum -= at(values, i - steps + 1);
  }
  return means;
}

function meanReach(phi: number, steps: number): number {
  let sum = 0;
  let reach = 0;
  let power = 1;
  for (let step = 0; step < steps; step++) {
    power *= phi;
    reach += power;
    sum += reach;
  }
  return sum / steps;
}
