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
 * a power of the step, from 0 (as of noise) over 1/2 (as of a walk) to 1, that is nearest to the mean absolute errors;
 * the shape is empirical and pools all steps, as one step alone has too few errors for a tail.
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

/** Of the absolute residuals of each step. */
interface StepErrors {
  readonly means: Float64Array;
  readonly counts: Float64Array;
}

function meanAbsoluteByStep(residuals: readonly Float64Array[], horizon: number): StepErrors {
  const means = new Float64Array(horizon);
  const counts = new Float64Array(horizon);
  for (const row of residuals) {
    for (let step = 0; step < horizon; step++) {
      const residual = at(row, step);
      if (Number.isNaN(residual)) continue;
      means[step] = at(means, step) + Math.abs(residual);
      counts[step] = at(counts, step) + 1;
    }
  }
  for (let step = 0; step < horizon; step++) means[step] = at(means, step) / Math.max(1, at(counts, step));
  return { means, counts };
}

/** Powers from 0 to 1 that are tried. */
const POWERS = 11;

/** A higher power has to be so much nearer to the means, or its first steps would be too small by chance. */
const MUCH_NEARER = 0.97;

/** The power of the step that the means are nearest to. */
function powerOfStep({ means, counts }: StepErrors): Float64Array {
  let total = 0;
  for (let step = 0; step < means.length; step++) total += at(means, step) * at(counts, step);
  let best = new Float64Array(means.length);
  // Without an error, or anything known, there is no size.
  if (total === 0) return best;
  const roots = means.map((_, step) => (step + 1) ** (1 / (POWERS - 1)));
  let least = Number.POSITIVE_INFINITY;
  const growth = new Float64Array(means.length).fill(1);
  for (let power = 0; power < POWERS; power++) {
    let weights = 0;
    for (let step = 0; step < growth.length; step++) {
      if (power > 0) growth[step] = at(growth, step) * at(roots, step);
      weights += at(counts, step) * at(growth, step);
    }
    const size = total / weights;
    let miss = 0;
    for (let step = 0; step < growth.length; step++)
      miss += at(counts, step) * Math.abs(at(means, step) - size * at(growth, step));
    if (miss >= MUCH_NEARER * least) continue;
    least = miss;
    best = growth.map((value) => size * value);
  }
  return best;
}
