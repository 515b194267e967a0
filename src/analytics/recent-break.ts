import { at } from './at.ts';
import { median, medianOfThree } from './order-statistics.ts';

/** A new level is believed from so many steps on; fewer may as well be outliers. */
const MIN_LASTING = 3;
/** So many steps of a new level leave the old one possible, and as many as a cycle has in a wide interval. */
const SURE = 12;
/** From this level on an interval is meant to hold the unlikely too. */
const WIDE = 0.9;
/** A break is so many times as large as any other change, a few steps' levels compared, and a single step's. */
const OUTSTANDING = 3;
const OUTSTANDING_STEP = 4;
/** But for so many: an earlier outlier or break. */
const OTHER_BREAKS = 2;
/** A change that is not so many times the usual one need not be looked at. */
const NOTABLE = 4;
/** Less than this share of how far values usually are from the middle is the season's own unrest. */
const LEAST_OF_SPREAD = 0.5;
/** Less than this share of the leap is no level that it led to. */
const LEAST_OF_LEAP = 0.25;
/** This share of it is still there at most of the steps since. */
const LASTING = 0.5;
const MOST = 0.75;
/** Steps before it that make a usual change known, and places where it is measured at most. */
const MIN_BEFORE = 24;
const MAX_PLACES = 300;
/** Values of the same phase before, whose median is the season. */
const CYCLES = 3;

/** A leap at the end of a series such as it has not made before. */
export interface RecentBreak {
  /** The first step after it. */
  readonly index: number;
  /** The level in the steps before it, and that plus the leap. */
  readonly before: number;
  readonly after: number;
  /** Whether it has lasted for long enough to be a new level and no outlier. */
  readonly lasting: boolean;
  /** The values of the side that the forecast does not start from, which may as well be right, and in which intervals. */
  readonly otherwise: { readonly lowest: number; readonly highest: number; readonly leastLevel: number } | null;
}

/**
 * Finds what `findLevelShifts` cannot know yet: in the last `within` steps a change of level, the season taken off, that is
 * three times as large as all but two others, and four times where it is of one or two steps.
 * `values`: finite; `periods`: of the seasons in steps, ascending, found or those of the calendar; `cycle`: steps for which
 * an old level is not forgotten.
 */
export function findRecentBreak(
  values: Float64Array,
  { within, cycle, periods }: { within: number; cycle: number; periods: readonly number[] },
): RecentBreak | null {
  const [period = 0] = periods;
  // For longer than that the new level is taken for the season's.
  const seasonal =
    period > 0
      ? breakOf(values, withoutSeasons(values, periods), { within: 2 * period, cycle, calm: CYCLES * period })
      : null;
  return seasonal ?? (leaps(values, within) ? breakOf(values, values, { within, cycle, calm: 0 }) : null);
}

/** Whether one step of the last ones goes as far as none did before, but for two: without a season levels wander. */
function leaps(values: Float64Array, within: number): boolean {
  const index = largestChange(values, Math.max(MIN_BEFORE, values.length - within));
  if (index === null) return false;
  const limit = Math.abs(changeAt(values, index)) / OUTSTANDING_STEP;
  let others = 0;
  for (let i = 1; i < values.length && others <= OTHER_BREAKS; i++) {
    if (i !== index && Math.abs(changeAt(values, i)) > limit) others++;
  }
  return others <= OTHER_BREAKS;
}

function breakOf(
  values: Float64Array,
  rest: Float64Array,
  { within, cycle, calm }: { within: number; cycle: number; calm: number },
): RecentBreak | null {
  const index = largestChange(rest, Math.max(MIN_BEFORE, values.length - within));
  if (index === null || !isNotable(rest, changeAt(rest, index))) return null;
  const since = values.length - index;
  const width = Math.min(since, cycle);
  const size = levelChange(rest, index, width);
  // A single outlier is a leap too, and what the season does around it a change of level.
  if (Math.abs(size) < LEAST_OF_LEAP * Math.abs(changeAt(rest, index))) return null;
  if (!hasLasted(rest, index, size) || !standsOut(rest, { index, width, size, calm })) return null;
  if (Math.abs(size) < LEAST_OF_SPREAD * spreadOf(values.subarray(0, index))) return null;
  const lasting = since >= MIN_LASTING;
  if (lasting && leavesZero(values, { index, cycle, size })) return null;
  const other = lasting ? values.subarray(Math.max(0, index - cycle), index) : values.subarray(index);
  const before = median(values.subarray(Math.max(0, index - width), index));
  return {
    index,
    before,
    after: before + size,
    lasting,
    otherwise: since < cycle ? { ...rangeOf(other), leastLevel: since < SURE ? 0 : WIDE } : null,
  };
}

/** Whether what was never negative would be so at the new level: it has become less by a factor, or is out for a while. */
function leavesZero(
  values: Float64Array,
  { index, cycle, size }: { index: number; cycle: number; size: number },
): boolean {
  const before = values.subarray(Math.max(0, index - cycle), index);
  return values.every((value) => value >= 0) && rangeOf(before).lowest + size < 0;
}

/** The distance from what the cycles before have at the same phase, of the season that is nearest. */
function withoutSeasons(values: Float64Array, periods: readonly number[]): Float64Array {
  const cycles = new Float64Array(CYCLES);
  return values.map((value, i) => {
    let rest = Number.POSITIVE_INFINITY;
    for (const period of periods) {
      if (i < period) continue;
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        const before = i - (cycle + 1) * period;
        cycles[cycle] = before >= 0 ? at(values, before) : Number.NaN;
      }
      const distance = value - medianOfThree(cycles);
      if (Math.abs(distance) < Math.abs(rest)) rest = distance;
    }
    return rest === Number.POSITIVE_INFINITY ? 0 : rest;
  });
}

function changeAt(values: Float64Array, i: number): number {
  return at(values, i) - at(values, i - 1);
}

/** The step with the largest change since `from`. */
function largestChange(values: Float64Array, from: number): number | null {
  let largest: number | null = null;
  for (let i = from; i < values.length; i++) {
    if (largest === null || Math.abs(changeAt(values, i)) > Math.abs(changeAt(values, largest))) largest = i;
  }
  return largest;
}

function isNotable(values: Float64Array, change: number): boolean {
  const usual = median(values.subarray(1).map((value, i) => Math.abs(value - at(values, i))));
  return Math.abs(change) > NOTABLE * usual;
}

/** The median of `width` steps from `index` on minus that of those before. */
function levelChange(values: Float64Array, index: number, width: number): number {
  return median(values.subarray(index, index + width)) - median(values.subarray(Math.max(0, index - width), index));
}

/** `calm`: steps before it in which there is no other, as where a season changes its phase. */
function standsOut(
  values: Float64Array,
  { index, width, size, calm }: { index: number; width: number; size: number; calm: number },
): boolean {
  const limit = Math.abs(size) / (width < MIN_LASTING ? OUTSTANDING_STEP : OUTSTANDING);
  if (limit === 0) return false;
  const stride = Math.max(1, width >> 1, Math.ceil(index / MAX_PLACES));
  let others = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let i = index - width; i >= width && others <= OTHER_BREAKS; i -= stride) {
    if (Math.abs(levelChange(values, i, width)) <= limit) continue;
    if (index - i < calm) return false;
    // The same change is seen from a few places.
    if (Math.abs(last - i) > width) others++;
    last = i;
  }
  return others <= OTHER_BREAKS;
}

function hasLasted(values: Float64Array, index: number, size: number): boolean {
  const before = median(values.subarray(Math.max(0, index - SURE), index));
  const since = values.subarray(index);
  const kept = since.filter((value) => (value - before) / size >= LASTING).length;
  return since.length < MIN_LASTING ? kept === since.length : kept >= MOST * since.length;
}

/** Median distance from the median. */
function spreadOf(values: Float64Array): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}

function rangeOf(values: Float64Array): { lowest: number; highest: number } {
  return {
    lowest: values.reduce((a, b) => Math.min(a, b)),
    highest: values.reduce((a, b) => Math.max(a, b)),
  };
}
