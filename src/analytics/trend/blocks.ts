import { at } from '../at.ts';
import { median } from '../order-statistics.ts';
import { theilSen } from './trend.ts';

/** Growth is that of so many blocks, the latest ones. */
const GROWTH_BLOCKS = 100;

/** Equal parts of a series; the last one ends with the series, what does not fill one at its start is left out. */
export interface Blocks {
  /** The median of each; NaN where less than a quarter of its steps have a value. */
  readonly values: Float64Array;
  /** Steps in a block. */
  readonly size: number;
  /** Steps of the series before the first block. */
  readonly start: number;
}

/** Cuts `values` (NaN = missing) into blocks of `size` steps: what comes and goes within a block does not move them. */
export function cutBlocks(values: Float64Array, size: number): Blocks {
  if (size === 1) return { values: values.slice(), size, start: 0 };
  const count = Math.floor(values.length / size);
  const start = values.length - count * size;
  const medians = Float64Array.from({ length: count }, (_, i) => {
    const block = values.subarray(start + i * size, start + (i + 1) * size);
    const finite = block.filter(Number.isFinite);
    return finite.length >= Math.max(1, size / 4) ? median(finite) : Number.NaN;
  });
  return { values: medians, size, start };
}

/**
 * How the steps of a block usually stand to its median, growth within the block aside, which is the trend's: the median of
 * each phase over the blocks, shrunk by the share
 * of the variance that it explains beyond what so many phases explain of noise. In the order of the steps.
 */
export function blockShape(values: Float64Array, { values: medians, size, start }: Blocks): Float64Array {
  const shape = new Float64Array(size);
  if (size === 1 || medians.length < 3) return shape;
  const perStep = theilSen(medians.subarray(Math.max(0, medians.length - GROWTH_BLOCKS))) / size;
  const growth = (i: number) => perStep * ((i % size) - (size - 1) / 2);
  const left = values.subarray(start).map((value, i) => value - at(medians, Math.floor(i / size)) - growth(i));
  const ofPhase = new Float64Array(medians.length);
  for (let phase = 0; phase < size; phase++) {
    for (let block = 0; block < ofPhase.length; block++) ofPhase[block] = at(left, block * size + phase);
    const known = median(ofPhase);
    shape[phase] = Number.isFinite(known) ? known : 0;
  }
  const before = sumOfSquares(left);
  const after = sumOfSquares(left.map((value, i) => value - at(shape, i % size)));
  const byChance = 1 / medians.length;
  const explained = before > 0 ? 1 - after / before : 0;
  const shrunk = Math.max(0, (explained - byChance) / (1 - byChance));
  return shape.map((value) => value * shrunk);
}

function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (const value of values) if (Number.isFinite(value)) sum += value * value;
  return sum;
}
