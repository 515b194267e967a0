import { quantile } from '../../core/statistics.ts';
import { at } from '../at.ts';
import { median, sortedFinite } from '../order-statistics.ts';
import { centredMedian } from '../running-median.ts';
import { rareDeviations } from './rarity.ts';

const MAD_TO_SIGMA = 1.4826;
/** Means over so many steps show what lasts, single steps what is short. */
const SCALES = [1, 9, 36] as const;
/** What changes from step to step by less than this share of its width wanders, and is held against its own surroundings. */
const WANDERING = 0.3;
/** Parts of the series that surroundings are. */
const SURROUNDINGS = 16;
/** The quantile that tells how heavy the tails are, and where it lies for absolute normal values. */
const TAIL = { probability: 0.98, normal: 2.326 } as const;
const TAIL_BLOCKS = 10;
/** Metrics that move by less than this share of their own width say that a model knows them exactly. */
const MIN_WIDTH = 0.02;

/**
 * How far one thing is from 0 at each step, in its own robust standard deviations, signed, and no further than it is rare
 * ({@link rareDeviations}): the largest one of single steps and of means over nine and 36, each in terms of what is usual of
 * it. `values`: of the order of 1, NaN = missing, which has 0.
 */
export function ownDeviations(values: Float64Array, stepMs: number | undefined): Float64Array {
  const steady = withoutWandering(values);
  const deviations = new Float64Array(values.length);
  for (const scale of SCALES) {
    const means = centredMeans(steady, scale);
    const width = usualWidth(means);
    const sizes = means.map((mean, i) => (Number.isNaN(at(values, i)) ? 0 : Math.abs(mean) / width));
    const rare = rareDeviations(sizes, { tail: 'thin', stepMs });
    for (let i = 0; i < deviations.length; i++) {
      const one = at(rare, i);
      if (one > Math.abs(at(deviations, i))) deviations[i] = Math.sign(at(means, i)) * one;
    }
  }
  return deviations;
}

function withoutWandering(values: Float64Array): Float64Array {
  const changes = values.map((value, i) => Math.abs(value - at(values, i - 1)));
  const middle = median(values);
  const width = median(values.map((value) => Math.abs(value - middle)));
  if (median(changes) >= WANDERING * width) return values.map((value) => value - middle);
  const level = centredMedian(values, Math.max(3, Math.floor(values.length / SURROUNDINGS)));
  return values.map((value, i) => value - at(level, i));
}

/** Over the steps around each one, of those that are known. */
function centredMeans(values: Float64Array, window: number): Float64Array {
  if (window === 1) return values;
  const means = new Float64Array(values.length);
  let [sum, count] = [0, 0];
  const before = window >> 1;
  const add = (i: number, sign: 1 | -1): void => {
    const value = at(values, i);
    if (Number.isNaN(value)) return;
    sum += sign * value;
    count += sign;
  };
  for (let i = 0; i < before; i++) add(i, 1);
  for (let i = 0; i < values.length; i++) {
    add(i + before, 1);
    add(i - before - 1, -1);
    means[i] = count === 0 ? Number.NaN : sum / count;
  }
  return means;
}

/** The robust standard deviation, widened where tails are heavier than normal ones in most parts of the series. */
function usualWidth(values: Float64Array): number {
  const sizes = values.map(Math.abs);
  const n = sizes.length;
  const tails = Float64Array.from({ length: TAIL_BLOCKS }, (_, block) => {
    const part = sizes.subarray(Math.floor((block * n) / TAIL_BLOCKS), Math.floor(((block + 1) * n) / TAIL_BLOCKS));
    return quantile(sortedFinite(part), TAIL.probability) / TAIL.normal;
  });
  return Math.max(MIN_WIDTH, MAD_TO_SIGMA * median(sizes), median(tails) || 0);
}
