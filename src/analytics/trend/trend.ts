import { at } from '../at.ts';
import { median } from '../order-statistics.ts';
import { measureNoise, type Noise, SLOPE_OF_WALK } from './noise.ts';

/** A level and a slope, with how sure they are; ready to be continued. */
export interface Trend {
  /** The level at the last block. */
  readonly level: number;
  /** Growth a block; 0 for a flat one. */
  readonly slope: number;
  readonly noise: Noise;
  /** Variance of the slope. */
  readonly slopeVariance: number;
  /** Variance of the level. */
  readonly levelVariance: number;
}

export interface TrendModel {
  readonly name: string;
  /** `values`: one a block, NaN = missing, at least two finite. */
  fit(values: Float64Array): Trend;
}

/** No growth is steadier than this share of itself. */
const UNSTEADY = 0.08;

/** The last level for ever: the baseline. */
export const flat: TrendModel = {
  name: 'flat',
  fit: (values) => trendOf(values, 0, 0),
};

/** The slope of all blocks, from the level of the last ones. */
export const steady: TrendModel = {
  name: 'trend',
  fit: (values) => trendOf(values, theilSen(values), values.length),
};

/** The slope of the last third, eight blocks at least: growth that has become faster or slower. */
export const recent: TrendModel = {
  name: 'recent-trend',
  fit(values) {
    const length = Math.min(values.length, Math.max(8, Math.ceil(values.length / 3)));
    return trendOf(values, theilSen(values.subarray(values.length - length)), length);
  },
};

/** Standard deviation of what the trend says of the value `ahead` blocks after the last one. */
export function trendError({ noise, slopeVariance, levelVariance }: Trend, ahead: number): number {
  return Math.sqrt(noise.scatter + levelVariance + noise.walk * ahead + slopeVariance * ahead * ahead);
}

/**
 * The level follows a walk and averages scatter: exponential smoothing with the gain that is best for the ratio of the
 * two (the steady state of the local level model; Harvey 1989, section 4.2), around the trend.
 */
function trendOf(values: Float64Array, slope: number, slopeLength: number): Trend {
  const last = values.length - 1;
  const residuals = values.map((value, i) => value - slope * (i - last));
  const noise = measureNoise(residuals, slopeLength > 0);
  const gain = Math.max(gainOf(noise), 2 / (values.length + 1));
  let level = 0;
  let weight = 0;
  let kept = 1;
  for (let i = last; i >= 0; i--) {
    const residual = at(residuals, i);
    if (Number.isFinite(residual)) {
      level += kept * residual;
      weight += kept;
    }
    // Blocks without a value at the end say nothing, and take nothing from those before.
    if (weight > 0) kept *= 1 - gain;
  }
  return {
    level: level / weight,
    slope,
    noise,
    slopeVariance: slopeLength === 0 ? 0 : slopeVariance(noise, slopeLength) + (UNSTEADY * slope) ** 2,
    levelVariance: gain * noise.scatter,
  };
}

function gainOf({ scatter, walk }: Noise): number {
  if (scatter === 0) return 1;
  const ratio = walk / scatter;
  return (Math.sqrt(ratio * ratio + 4 * ratio) - ratio) / 2;
}

/** Of a line by least squares through `n` points with such noise around it. */
function slopeVariance({ scatter, walk }: Noise, n: number): number {
  return (12 * scatter) / n ** 3 + (SLOPE_OF_WALK * walk) / n;
}

/**
 * The median of the slopes between all pairs of points, which a quarter of wild ones do not move.
 * Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau" (1968).
 */
export function theilSen(values: Float64Array): number {
  const slopes = new Float64Array((values.length * (values.length - 1)) / 2);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) slopes[count++] = (at(values, j) - at(values, i)) / (j - i);
  }
  const slope = median(slopes);
  return Number.isFinite(slope) ? slope : 0;
}
