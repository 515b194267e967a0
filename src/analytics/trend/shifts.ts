import { at } from '../at.ts';
import { median, sortedFinite } from '../order-statistics.ts';
import { cutBlocks } from './blocks.ts';

/** A sudden change of level that lasts. */
export interface Shift {
  /** The first step of the new level. */
  readonly index: number;
  /** New minus old level. */
  readonly size: number;
}

/** A block is looked at in so many parts. */
const PARTS = 8;
const MIN_WINDOW = 3;
/** Robust standard deviations of what usually happens from part to part, and share of the series' range. */
const SIGMAS = 6;
export const OF_RANGE = 0.1;
/** This share of it is still there in the block after, compared with the block before. */
export const LASTING = 0.3;
const MAX_SHIFTS = 50;
/** What comes back at the same time of one of so many seasons, so much of it at least, is no shift. */
export const SEASONS_BACK = 7;
export const AS_LARGE = 0.6;

/**
 * Changes between neighbouring parts of blocks that are far beyond the usual ones and still there a block later, in
 * order. `values`: NaN = missing; `size`: steps of a block, so that what recurs in each is no shift.
 */
export function findShifts(values: Float64Array, size: number): Shift[] {
  const part = partOf(size);
  const parts = cutBlocks(values, part);
  const level = bridged(parts.values);
  const window = Math.max(MIN_WINDOW, Math.round(size / part));
  if (level.length < 4 * MIN_WINDOW) return [];
  // Over two parts, as the change may lie within one.
  const changes = level.map((_, i) => at(level, Math.min(level.length - 1, i + 1)) - at(level, Math.max(0, i - 1)));
  const usual = median(changes);
  const sorted = sortedFinite(level);
  const least = Math.max(SIGMAS * robustSpread(changes), OF_RANGE * (at(sorted, sorted.length - 1) - at(sorted, 0)));
  const found: Shift[] = [];
  const taken = new Uint8Array(level.length);
  const large: number[] = [];
  for (let i = 0; i < changes.length; i++) if (Math.abs(at(changes, i) - usual) > least) large.push(i);
  for (const i of large.sort((a, b) => Math.abs(at(changes, b)) - Math.abs(at(changes, a)))) {
    if (found.length === MAX_SHIFTS) break;
    const change = at(changes, i);
    if (taken.subarray(Math.max(0, i - 2), i + 3).includes(1)) continue;
    // Within the first season nothing tells it from what recurs.
    if (i < window) continue;
    const lasting = levelAround(level, i, window);
    if (!(lasting / change >= LASTING)) continue;
    if (i + window >= level.length && recurs({ level, changes }, i, window)) continue;
    taken[i] = 1;
    found.push({ index: jumpWithin(values, parts.start + (i - 1) * part, parts.start + (i + 2) * part), size: change });
  }
  return found.sort((a, b) => a.index - b.index);
}

/** Steps of a part of a block of `size` steps: what changes within the last two of them is not seen. */
export function partOf(size: number): number {
  return Math.max(1, Math.floor(size / PARTS));
}

/** The standard deviation by the median of absolute deviations, which rare large ones do not move. */
export function robustSpread(values: Float64Array): number {
  const middle = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}

/** Median of the window after part `i` minus that of the window before. */
function levelAround(level: Float64Array, i: number, window: number): number {
  return median(level.subarray(i + 1, i + 1 + window)) - median(level.subarray(Math.max(0, i - window), i));
}

/** Whether about as much changed at that time of some season before, and did not last: a peak that is not yet over. */
function recurs(
  { level, changes }: { readonly level: Float64Array; readonly changes: Float64Array },
  i: number,
  window: number,
): boolean {
  const change = at(changes, i);
  for (let season = 1; season <= SEASONS_BACK && i - season * window >= window; season++) {
    const same = i - season * window;
    for (const part of [same - 1, same, same + 1]) {
      if (at(changes, part) / change >= AS_LARGE && levelAround(level, part, window) / change < LASTING) return true;
    }
  }
  return false;
}

/** The step of [from, to) at which the largest change arrives. */
function jumpWithin(values: Float64Array, from: number, to: number): number {
  let best = Math.max(1, from);
  let largest = -1;
  let before = at(values, Math.max(0, from));
  for (let i = Math.max(1, from + 1); i < Math.min(values.length, to); i++) {
    const value = at(values, i);
    if (!Number.isFinite(value)) continue;
    if (Math.abs(value - before) > largest) {
      largest = Math.abs(value - before);
      best = i;
    }
    before = value;
  }
  return best;
}

/** Missing values repeat the one before. */
export function bridged(values: Float64Array): Float64Array {
  const filled = values.slice();
  let last = at(sortedFinite(values.subarray(0, 1)), 0);
  for (let i = 0; i < filled.length; i++) {
    const value = at(filled, i);
    if (Number.isFinite(value)) last = value;
    else filled[i] = last;
  }
  return filled;
}
