import { at } from '../at.ts';
import { median } from '../order-statistics.ts';
import { measureNoise, type Noise, SLOPE_OF_WALK } from './noise.ts';

/** A level and its growth, with how sure they are; ready to be continued. */
export interface Trend extends Growth {
  /** The level at the last block. */
  readonly level: number;
  readonly noise: Noise;
  /** Variance of the slope. */
  readonly slopeVariance: number;
  /** Variance of the level. */
  readonly levelVariance: number;
}

export interface Growth {
  /** Growth in the block after the last one; 0 for a flat one. */
  readonly slope: number;
  /** Growth in a block as a share of that in the block before: 1 for a line. */
  readonly rate: number;
  /** Of how many blocks it is told; 0 for a flat one. */
  readonly length: number;
}

export interface TrendModel {
  readonly name: string;
  /** `values`: one a block, NaN = missing, at least two finite. */
  growthOf(values: Float64Array): Growth;
}

/** No growth is steadier than this share of itself; whether it keeps becoming faster or slower is less sure. */
const UNSTEADY = 0.08;
const UNSTEADY_CURVE = 0.25;
/** A curve is told as sharply as the line through this share of its blocks. */
const OF_CURVE = 0.5;

/** The last level for ever: the baseline. */
export const flat: TrendModel = {
  name: 'flat',
  growthOf: () => ({ slope: 0, rate: 1, length: 0 }),
};

/** The slope of all blocks, from the level of the last ones. */
export const steady: TrendModel = {
  name: 'trend',
  growthOf: (values) => ({ slope: theilSen(values), rate: 1, length: values.length }),
};

/** The slope of the latest blocks: growth that has become faster or slower. */
export const recent: TrendModel = {
  name: 'recent-trend',
  growthOf(values) {
    const length = latest(values.length);
    return { slope: theilSen(values.subarray(values.length - length)), rate: 1, length };
  },
};

/** The last third, eight blocks at least. */
export function latest(length: number): number {
  return Math.min(length, Math.max(8, Math.ceil(length / 3)));
}

/** What the trend says of the value `ahead` blocks after the last one; before it where negative. */
export function trendMean(trend: Trend, ahead: number): number {
  return trend.level + trend.slope * grownBlocks(trend, ahead);
}

/** Standard deviation of it. */
export function trendError(trend: Trend, ahead: number): number {
  const { noise, slopeVariance, levelVariance } = trend;
  const grown = grownBlocks(trend, ahead);
  return Math.sqrt(noise.scatter + levelVariance + noise.walk * ahead + slopeVariance * grown * grown);
}

/**
 * Blocks of the first one's growth that what grows until then comes to. What becomes faster does so for half as long again
 * as was seen, and goes straight on after that.
 */
function grownBlocks({ rate, length }: Omit<Growth, 'slope'>, ahead: number): number {
  if (rate === 1) return ahead;
  const bent = rate > 1 ? Math.min(ahead, length / 2) : ahead;
  return (rate ** bent - 1) / (rate - 1) + (ahead - bent) * rate ** bent;
}

/**
 * The level follows a walk and averages scatter: exponential smoothing with the gain that is best for the ratio of the
 * two (the steady state of the local level model; Harvey 1989, section 4.2), around the trend.
 * `values`: one a block, NaN = missing, at least two finite; `lately`: noise and level are those of so many blocks, the
 * last ones.
 */
export function trendOf(values: Float64Array, growth: Growth, lately = values.length): Trend {
  const { slope, rate, length } = growth;
  const used = values.subarray(values.length - lately);
  const last = used.length - 1;
  const residuals = used.map((value, i) => value - slope * grownBlocks(growth, i - last));
  const noise = measureNoise(residuals, length > 0);
  const gain = Math.max(gainOf(noise), 2 / (used.length + 1));
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
    rate,
    length,
    noise,
    slopeVariance: slopeVariance(noise, growth),
    levelVariance: gain * noise.scatter,
  };
}

function gainOf({ scatter, walk }: Noise): number {
  if (scatter === 0) return 1;
  const ratio = walk / scatter;
  return (Math.sqrt(ratio * ratio + 4 * ratio) - ratio) / 2;
}

/** Of a line by least squares through `length` points with such noise around it. */
function slopeVariance({ scatter, walk }: Noise, { slope, rate, length }: Growth): number {
  if (length === 0) return 0;
  const n = rate === 1 ? length : OF_CURVE * length;
  const unsteady = rate === 1 ? UNSTEADY : UNSTEADY_CURVE;
  return (12 * scatter) / n ** 3 + (SLOPE_OF_WALK * walk) / n + (unsteady * slope) ** 2;
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
