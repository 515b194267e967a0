import { at } from '../at.ts';

/** What makes a series leave its trend, as variances for one block. */
export interface Noise {
  /** Scatter around the level: gone with the next block. */
  readonly scatter: number;
  /** Steps that the level itself takes, and keeps. */
  readonly walk: number;
}

const MAX_LAG = 8;
/** The variance of a line's slope through n points of a random walk is this share of the walk's variance over n. */
export const SLOPE_OF_WALK = 1.2;

/**
 * Tells scatter from walk by how the mean squared difference of values grows with their distance (the variogram, which
 * is twice the scatter plus the walk times the distance; Matheron 1963), fitted by weighted least squares.
 * `residuals`: what is left of the values without `slope`, NaN = missing.
 * @param isFitted whether a slope was fitted to them, which takes some of the walk with it.
 */
export function measureNoise(residuals: Float64Array, isFitted: boolean): Noise {
  const n = residuals.length;
  const lags = Math.max(1, Math.min(MAX_LAG, Math.floor(n / 4)));
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  for (let lag = 1; lag <= lags; lag++) {
    const { mean, weight } = meanSquaredDifference(residuals, lag);
    if (weight === 0) continue;
    const walked = isFitted ? lag * (1 - (SLOPE_OF_WALK * lag) / n) : lag;
    w += weight;
    wx += weight * walked;
    wy += weight * mean;
    wxx += weight * walked * walked;
    wxy += weight * walked * mean;
  }
  if (w === 0) return { scatter: 0, walk: 0 };
  const spread = w * wxx - wx * wx;
  const walk = spread > 0 ? (w * wxy - wx * wy) / spread : 0;
  const scatter = (wy - walk * wx) / w / 2;
  if (walk <= 0) return { scatter: wy / w / 2, walk: 0 };
  if (scatter <= 0) return { scatter: 0, walk: wxy / wxx };
  return { scatter, walk };
}

function meanSquaredDifference(values: Float64Array, lag: number): { mean: number; weight: number } {
  let sum = 0;
  let weight = 0;
  for (let i = lag; i < values.length; i++) {
    const difference = at(values, i) - at(values, i - lag);
    if (!Number.isFinite(difference)) continue;
    sum += difference * difference;
    weight++;
  }
  return { mean: weight > 0 ? sum / weight : 0, weight };
}
