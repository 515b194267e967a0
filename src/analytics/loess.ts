import { at } from './at.ts';

export interface LoessOptions {
  /** Values that a local fit looks at, an integer >= 2; beyond the length, the weights become flatter. */
  readonly window: number;
  /** 0 = local mean, 1 = local line. */
  readonly degree: 0 | 1;
  /** A fit at every `jump`-th step and straight lines between; 1 (default) = a fit at each. */
  readonly jump?: number;
}

/**
 * Evenly spaced values smoothed by local regression with tricube weights. Cost: length * window / jump.
 * Cleveland, "Robust Locally Weighted Regression and Smoothing Scatterplots" (1979).
 */
export function loess(values: Float64Array, options: LoessOptions): Float64Array {
  const { jump = 1 } = options;
  const smooth = new Float64Array(values.length);
  const last = values.length - 1;
  const weights = new Float64Array(Math.min(options.window, values.length));
  let left = 0;
  if (last >= 0) smooth[0] = fitAt(values, 0, options, weights);
  while (left < last) {
    const right = Math.min(left + jump, last);
    smooth[right] = fitAt(values, right, options, weights);
    const slope = (at(smooth, right) - at(smooth, left)) / (right - left);
    for (let i = left + 1; i < right; i++) smooth[i] = at(smooth, left) + slope * (i - left);
    left = right;
  }
  return smooth;
}

/** The local fit of {@link loess} at one step, which may lie outside of the values. */
export function loessAt(values: Float64Array, x: number, options: LoessOptions): number {
  return fitAt(values, x, options, new Float64Array(Math.min(options.window, values.length)));
}

function fitAt(values: Float64Array, x: number, { window, degree }: LoessOptions, weights: Float64Array): number {
  const count = weights.length;
  const first = Math.min(Math.max(Math.round(x) - (count >> 1), 0), values.length - count);
  const reach = Math.max(x - first, first + count - 1 - x) + Math.max(0, (window - values.length) >> 1);
  let total = 0;
  let mean = 0;
  let centre = 0;
  for (let i = 0; i < count; i++) {
    const weight = tricube(Math.abs(first + i - x) / reach);
    weights[i] = weight;
    total += weight;
    mean += weight * at(values, first + i);
    centre += weight * (first + i - x);
  }
  if (!(total > 0)) return at(values, first);
  mean /= total;
  return degree === 0 ? mean : mean - (centre / total) * localSlope(values, first, x + centre / total, weights);
}

function localSlope(values: Float64Array, first: number, centre: number, weights: Float64Array): number {
  let spread = 0;
  let covariance = 0;
  for (let i = 0; i < weights.length; i++) {
    const distance = first + i - centre;
    const weighted = at(weights, i) * distance;
    spread += weighted * distance;
    covariance += weighted * at(values, first + i);
  }
  return spread > 0 ? covariance / spread : 0;
}

function tricube(distance: number): number {
  if (distance >= 1) return 0;
  const rest = 1 - distance * distance * distance;
  return rest * rest * rest;
}
