import { at } from './at.ts';
import { median } from './order-statistics.ts';

/** Of a normal distribution: standard deviations in a median absolute deviation, and in a mean one. */
const SIGMAS_PER_MAD = 1.4826;
const SIGMAS_PER_MEAN = 1.2533;
/** Differences that are mostly 0 tell less than their mean; a mean is moved by the changes themselves. */
const SHARE_OF_MEAN = 0.25;
/** Noise that is so little of the range is rounding. */
const ROUNDING = 1e-5;
/** Blocks that are compared at least, and the longest ones. */
const MIN_BLOCKS = 16;
const MAX_BLOCK = 64;
/** Of values of which long blocks are few. */
const FEW = 16 * MIN_BLOCKS;
const MAX_MEMORY = 0.7;

/** How much values differ without a change of their level. */
export interface NoiseLevel {
  /** Standard deviation of a step's value from one to the next, > 0 unless all values are the same. */
  readonly step: number;
  /** Variance of a mean times the number of steps in it: above `step` squared where the noise has a memory. */
  readonly longRun: number;
}

/**
 * Of `values` (all finite) whose level may change now and then: by the median of differences, which few changes move,
 * between neighbours and between neighbouring blocks. Of noise with a memory the means of longer blocks differ more than
 * those of independent values would; the most that any length of block shows is what a change has to stand out of.
 */
export function noiseLevel(values: Float64Array): NoiseLevel {
  const step = Math.max(deviationOf(blockDifferences(values, 1)), ROUNDING * rangeOf(values));
  const memory = values.length < FEW ? memoryOf(values) : 0;
  let longRun = (step * step * (1 + memory)) / (1 - memory) ** 2;
  for (let block = 2; block <= MAX_BLOCK && block * MIN_BLOCKS <= values.length; block *= 2) {
    const deviation = SIGMAS_PER_MAD * medianSize(blockDifferences(values, block));
    longRun = Math.max(longRun, (block * deviation * deviation) / 2);
  }
  return { step, longRun };
}

/**
 * The correlation of neighbours if that is all the memory that the noise has, AR(1): differences two steps apart have 1 + r
 * times the variance of those one step apart. (Chakar et al., "A Robust Approach for Estimating Change-Points in the Mean of
 * an AR(1) Process", 2017.) In the few blocks of a short series more does not show.
 */
function memoryOf(values: Float64Array): number {
  const near = medianSize(differences(values, 1));
  const far = medianSize(differences(values, 2));
  return near > 0 ? Math.min(MAX_MEMORY, Math.max(0, (far / near) ** 2 - 1)) : 0;
}

function differences(values: Float64Array, lag: number): Float64Array {
  return Float64Array.from({ length: Math.max(0, values.length - lag) }, (_, i) => at(values, i + lag) - at(values, i));
}

function deviationOf(differences: Float64Array): number {
  const mean = differences.reduce((sum, d) => sum + Math.abs(d), 0) / Math.max(1, differences.length);
  return Math.max(SIGMAS_PER_MAD * medianSize(differences), SHARE_OF_MEAN * SIGMAS_PER_MEAN * mean) / Math.SQRT2;
}

function medianSize(differences: Float64Array): number {
  return median(differences.map(Math.abs)) || 0;
}

/** At each step the mean of the next `block` values minus that of those before. */
function blockDifferences(values: Float64Array, block: number): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = at(sums, i) + at(values, i);
  return Float64Array.from({ length: Math.max(0, values.length - 2 * block + 1) }, (_, i) => {
    return (at(sums, i + 2 * block) - 2 * at(sums, i + block) + at(sums, i)) / block;
  });
}

function rangeOf(values: Float64Array): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > low ? high - low : 0;
}
