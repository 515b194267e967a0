import { quantile } from '../core/statistics.ts';
import { at } from './at.ts';
import { sortedFinite } from './order-statistics.ts';

/** How far actual values were from forecasts: a size that grows with the step, and the distribution around it. */
export interface ErrorModel {
  /** Typical absolute error at each step, non-decreasing. */
  readonly sizes: Float64Array;
  /** Errors divided by the size at their step, ascending. */
  readonly shape: Float64Array;
}

/**
 * Learns from the residuals of a backtest (an array per origin, a number per step, NaN = unknown). The size at a step is
 * the mean absolute error there, pooled with its neighbours until it no longer falls with the horizon (isotonic
 * regression, Barlow et al. 1972); the shape is empirical and pools all steps, as one step alone has too few errors for
 * a tail.
 */
export function fitErrorModel(residuals: readonly Float64Array[], horizon: number): ErrorModel {
  const sizes = powerOfStep(meanAbsoluteByStep(residuals, horizon));
  const scaled = new Float64Array(residuals.length * horizon);
  residuals.forEach((row, origin) => {
    for (let step = 0; step < horizon; step++) {
      const size = at(sizes, step);
      const residual = at(row, step);
      scaled[origin * horizon + step] = size > 0 ? residual / size : residual * 0;
    }
  });
  return { sizes, shape: sortedFinite(scaled) };
}

/** Distances of a band from the mean at each step, `below` <= 0 <= `above`. */
export interface ErrorBand {
  readonly below: Float64Array;
  readonly above: Float64Array;
}

/**
 * The band that holds the share `level` (0..1) of the errors, for `horizon` steps. Past the steps that the model has
 * seen it widens with the root of the step, as errors of a random walk do.
 */
export function errorBand(model: ErrorModel, level: number, horizon: number): ErrorBand {
  const seen = model.sizes.length;
  const sizes = new Float64Array(horizon);
  for (let step = 0; step < horizon; step++) {
    sizes[step] = step < seen ? at(model.sizes, step) : at(model.sizes, seen - 1) * Math.sqrt((step + 1) / seen);
  }
  const low = Math.min(0, quantile(model.shape, (1 - level) / 2));
  const high = Math.max(0, quantile(model.shape, (1 + level) / 2));
  return { below: sizes.map((size) => size * low), above: sizes.map((size) => size * high) };
}

/** Mean and number of the absolute residuals of each step. */
function meanAbsoluteByStep(residuals: readonly Float64Array[], horizon: number): { mean: number; weight: number }[] {
  return Array.from({ length: horizon }, (_, step) => {
    let sum = 0;
    let weight = 0;
    for (const row of residuals) {
      const residual = at(row, step);
      if (Number.isNaN(residual)) continue;
      sum += Math.abs(residual);
      weight++;
    }
    return { mean: weight > 0 ? sum / weight : 0, weight };
  });
}

const POWERS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1] as const;

/** A higher power has to be so much nearer to the means, or its first steps would be too small by chance. */
const MUCH_NEARER = 0.97;

/** The power of the step, of a few, that the means are nearest to. */
function powerOfStep(steps: readonly { mean: number; weight: number }[]): Float64Array {
  const total = steps.reduce((sum, { mean, weight }) => sum + mean * weight, 0);
  let best = new Float64Array(steps.length);
  let least = Number.POSITIVE_INFINITY;
  for (const power of POWERS) {
    const curve = Float64Array.from(steps, (_, step) => (step + 1) ** power);
    const scale = total / steps.reduce((sum, { weight }, step) => sum + weight * at(curve, step), 0);
    let miss = 0;
    for (const [step, { mean, weight }] of steps.entries()) miss += weight * Math.abs(mean - scale * at(curve, step));
    if (miss >= MUCH_NEARER * least) continue;
    least = miss;
    best = curve.map((value) => value * scale);
  }
  return best;
}
