import { at } from '../at.ts';
import { median } from '../order-statistics.ts';
import { bridged, LASTING, OF_RANGE, robustSpread, type Shift } from './shifts.ts';

/** A sudden change of level so near the end that nothing after it shows whether it lasts. */
export interface LateShift extends Shift {
  /** Only the last value is of the new level: it may be one, or be an odd reading. */
  readonly isSingle: boolean;
  /** And an odd reading is likelier. */
  readonly isLikelyOdd: boolean;
}

/** So many steps on each side tell the levels. */
const MAX_SIDE = 12;
const LEVEL_STEPS = 3;
const MIN_BEFORE = 12;
/** Robust standard deviations of the usual changes, and how often as large as the largest one that was seen. */
const SIGMAS = 6;
const BEYOND_SEEN = 1.2;

/**
 * The change of level within the last `within` steps that goes far beyond all that the series did before in as many
 * steps, but for the changes that lasted; null without one.
 * `values`: NaN = missing, the last one finite; `lasting`: sudden changes that are known already.
 */
export function findLateShift(
  values: Float64Array,
  { within, lasting }: { readonly within: number; readonly lasting: readonly Shift[] },
): LateShift | null {
  const level = bridged(values);
  const from = level.length - within;
  if (from < MIN_BEFORE) return null;
  const index = largestJump(level, from);
  const { size } = jumpAt(level, index);
  const before = level.subarray(0, index);
  // What came and went is none: most of the steps since have to be of the new level.
  const now = median(level.subarray(index)) - median(level.subarray(Math.max(0, index - LEVEL_STEPS), index));
  if (now / size < LASTING) return null;
  const { lowest, highest } = extremes(before);
  const notable = OF_RANGE * (highest - lowest);
  if (Math.abs(size) <= notable) return null;
  const changes = before.subarray(1).map((value, i) => value - at(before, i));
  if (Math.abs(size) <= SIGMAS * robustSpread(changes)) return null;
  const side = Math.min(MAX_SIDE, level.length - index);
  if (wasSeen(level, { size, side, to: index - side, lasting })) return null;
  const isSingle = values.subarray(index).filter(Number.isFinite).length === 1;
  const last = at(level, level.length - 1);
  // What is filled in one stroke is often emptied as fast; what was never near 0 is not read as 0 but by mistake.
  const isOddZero = last === 0 && (lowest > notable || highest < -notable);
  return { index, size, isSingle, isLikelyOdd: isSingle && (size > 0 || isOddZero) };
}

function extremes(values: Float64Array): { lowest: number; highest: number } {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  return { lowest, highest };
}

/** What the level rose by at `index`, and the steps between the middles of what tells the old level and the new one. */
export function jumpAt(values: Float64Array, index: number): { size: number; steps: number } {
  const before = values.subarray(Math.max(0, index - LEVEL_STEPS), index);
  // The first step after it may hold some of both levels.
  const first = Math.min(values.length - 1, index + 1);
  const after = values.subarray(first, first + LEVEL_STEPS);
  return {
    size: median(after) - median(before),
    steps: first - index + (after.length + before.length) / 2,
  };
}

/** The first step of the new level: where the largest change of one step arrives, or before, in a step with some of it. */
function largestJump(level: Float64Array, from: number): number {
  let best = from;
  const change = (i: number) => Math.abs(at(level, i) - at(level, i - 1));
  for (let i = from; i < level.length; i++) if (change(i) > change(best)) best = i;
  const before = at(level, best - 1);
  const old = median(level.subarray(best - 1 - LEVEL_STEPS, best - 1));
  return Math.abs(before - at(level, best)) < Math.abs(before - old) ? best - 1 : best;
}

/** Whether the level changed about as far, in the same direction, at some step up to `to`. */
function wasSeen(
  level: Float64Array,
  { size, side, to, lasting }: { size: number; side: number; to: number; lasting: readonly Shift[] },
): boolean {
  const back = Math.max(LEVEL_STEPS, side);
  const isLasting = new Uint8Array(level.length);
  for (const { index } of lasting) isLasting.fill(1, Math.max(0, index - back), index + back + 1);
  const stride = 1 + Math.floor(side / 4);
  for (let i = back; i <= to; i += stride) {
    if (isLasting[i] === 1) continue;
    const after = side === 1 ? at(level, i) : median(level.subarray(i, i + side));
    const change = after - median(level.subarray(i - back, i));
    if (change * Math.sign(size) * BEYOND_SEEN >= Math.abs(size)) return true;
  }
  return false;
}
