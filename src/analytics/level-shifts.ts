import { at } from './at.ts';
import { median } from './order-statistics.ts';

/** Blocks that are compared must be this many on either side of a shift. */
export const MIN_BLOCKS = 3;
/** A shift is so many times as large as any other change between neighbouring blocks. */
const OUTSTANDING = 4;
/** Less than this share of how far values usually are from their block's level is no shift. */
const LEAST_OF_SPREAD = 0.25;
const MAX_SHIFTS = 2;

/** The level of a series moved, for good, with the step at `index`. */
export interface LevelShift {
  readonly index: number;
  /** Median of the block before and after it. */
  readonly before: number;
  readonly after: number;
}

/**
 * Shifts of the level that stand out and last, such as a resize, a deployment or a deletion: a change between the medians
 * of neighbouring blocks of `block` steps that is four times as large as the others, but for one more shift, with all
 * earlier blocks on one side of it and all later ones on the other. Frequent jumps are how a series is, and none of them
 * stands out. `values`: finite. At most two, ascending.
 */
export function findLevelShifts(values: Float64Array, block: number): LevelShift[] {
  const shifts: LevelShift[] = [];
  let rest = values;
  while (shifts.length < MAX_SHIFTS) {
    const shift = outstandingShift(rest, block);
    if (shift === null) break;
    shifts.push(shift);
    rest = withoutShifts(rest, [shift]);
  }
  return shifts.sort((a, b) => a.index - b.index);
}

/** The values before each shift moved to the level after it. */
export function withoutShifts(values: Float64Array, shifts: readonly LevelShift[]): Float64Array {
  if (shifts.length === 0) return values;
  const moved = values.slice();
  for (const { index, before, after } of shifts) {
    for (let i = 0; i < index; i++) moved[i] = at(moved, i) + (after - before);
  }
  return moved;
}

function outstandingShift(values: Float64Array, block: number): LevelShift | null {
  const count = Math.floor(values.length / block);
  if (count < 2 * MIN_BLOCKS + 1) return null;
  const offset = values.length - count * block;
  const levels = Float64Array.from({ length: count }, (_, b) =>
    median(values.subarray(offset + b * block, offset + (b + 1) * block)),
  );
  // A shift within a block is seen as two changes, so levels are compared two blocks apart.
  const changes = Float64Array.from({ length: count - 2 }, (_, b) => at(levels, b + 2) - at(levels, b));
  const largest = largestExcept(changes, []);
  const second = largestExcept(changes, [largest]);
  const size = Math.abs(at(changes, largest));
  const others = Math.abs(at(changes, largestExcept(changes, [largest, second])));
  // Where too few are left to compare with, nothing stands out.
  if (size === 0 || !(size >= OUTSTANDING * others) || size < LEAST_OF_SPREAD * spreadWithin(values, levels, block))
    return null;
  if (largest + 1 < MIN_BLOCKS || count - largest - 2 < MIN_BLOCKS - 1) return null;
  const before = levels.subarray(0, largest + 1);
  const after = levels.subarray(largest + 2);
  if (!isApart(before, after)) return null;
  const index = splitIndex(values, offset + largest * block, block);
  return {
    index,
    before: median(values.subarray(Math.max(0, index - block), index)),
    after: median(values.subarray(index, index + block)),
  };
}

/** Median distance of the values from the level of their block. */
function spreadWithin(values: Float64Array, levels: Float64Array, block: number): number {
  const offset = values.length - levels.length * block;
  return median(values.subarray(offset).map((value, i) => Math.abs(value - at(levels, Math.floor(i / block)))));
}

function isApart(before: Float64Array, after: Float64Array): boolean {
  const [low, high] = at(before, before.length - 1) < at(after, 0) ? [before, after] : [after, before];
  return low.reduce((a, b) => Math.max(a, b)) < high.reduce((a, b) => Math.min(a, b));
}

/** The block with the largest change, those next to `seen` ones aside. */
function largestExcept(changes: Float64Array, seen: readonly number[]): number {
  return changes.reduce((best, change, b) => {
    if (seen.some((other) => Math.abs(b - other) <= 1)) return best;
    return best < 0 || Math.abs(change) > Math.abs(at(changes, best)) ? b : best;
  }, -1);
}

/** The step within three blocks from which on the values are nearer to the level after them than to that before. */
function splitIndex(values: Float64Array, start: number, block: number): number {
  const end = Math.min(values.length, start + 3 * block);
  const before = median(values.subarray(Math.max(0, start - block), start));
  const after = median(values.subarray(end - block, end));
  let best = start;
  let least = Number.POSITIVE_INFINITY;
  let cost = 0;
  for (let i = start; i < end; i++) cost += Math.abs(at(values, i) - after);
  for (let split = start; split <= end; split++) {
    if (cost < least) {
      least = cost;
      best = split;
    }
    cost += Math.abs(at(values, split) - before) - Math.abs(at(values, split) - after);
  }
  return best;
}
