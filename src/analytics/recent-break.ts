import { at } from './at.ts';
import { median } from './order-statistics.ts';

/** A new level is believed from so many steps on; fewer may as well be outliers. */
const MIN_LASTING = 3;
/** A break is so many times as large as other changes from one step to the next, */
const OUTSTANDING = 4;
/** but for so many: an earlier outlier or break. */
const OTHER_BREAKS = 2;
/** This share of it is still there at most of the steps since. */
const LASTING = 0.5;
const MOST = 0.75;
/** Steps before it that make a usual change known. */
const MIN_BEFORE = 24;

/** A leap at the end of a series such as it has not made before. */
export interface RecentBreak {
  /** The first step after it. */
  readonly index: number;
  /** The level in the steps before and after it. */
  readonly before: number;
  readonly after: number;
  /** Whether it has lasted for long enough to be a new level and no outlier. */
  readonly lasting: boolean;
  /** The values of the side that the forecast does not start from: it may as well be right. */
  readonly otherwise: { readonly lowest: number; readonly highest: number } | null;
}

/**
 * Finds what {@link findLevelShifts} cannot know yet: in the last `within` steps a change from one step to the next that is
 * four times as large as all but two others, with the values since then nearer to the level after it. `values`: finite;
 * `cycle`: steps that a level is compared over, and for which the old one is not forgotten.
 */
export function findRecentBreak(
  values: Float64Array,
  { within, cycle }: { within: number; cycle: number },
): RecentBreak | null {
  const index = largestChange(values, Math.max(MIN_BEFORE, values.length - within));
  if (index === null || !standsOut(values, index)) return null;
  const since = values.length - index;
  // Less than a cycle holds the season too, so as little of it as tells the level.
  const width = since >= cycle ? cycle : Math.min(since, Math.max(MIN_LASTING, cycle >> 3));
  const earlier = values.subarray(Math.max(0, index - width), index);
  const later = values.subarray(index, index + width);
  const before = median(earlier);
  const after = median(later);
  if (!hasLasted(values, index, cycle)) return null;
  const lasting = since >= MIN_LASTING;
  const other = lasting ? values.subarray(Math.max(0, index - cycle), index) : later;
  return { index, before, after, lasting, otherwise: since < cycle ? rangeOf(other) : null };
}

function changeAt(values: Float64Array, i: number): number {
  return at(values, i) - at(values, i - 1);
}

function largestChange(values: Float64Array, from: number): number | null {
  let largest: number | null = null;
  for (let i = from; i < values.length; i++) {
    if (largest === null || Math.abs(changeAt(values, i)) > Math.abs(changeAt(values, largest))) largest = i;
  }
  return largest;
}

function standsOut(values: Float64Array, index: number): boolean {
  const size = Math.abs(changeAt(values, index));
  let others = 0;
  for (let i = 1; i < values.length && others <= OTHER_BREAKS; i++) {
    if (i !== index && OUTSTANDING * Math.abs(changeAt(values, i)) > size) others++;
  }
  return size > 0 && others <= OTHER_BREAKS;
}

/** Compared with the values of the last cycle before it, as a season moves on. */
function hasLasted(values: Float64Array, index: number, cycle: number): boolean {
  const change = changeAt(values, index);
  let kept = 0;
  for (let i = index; i < values.length; i++) {
    const cycles = Math.ceil((i - index + 1) / cycle);
    if ((at(values, i) - at(values, Math.max(0, i - cycles * cycle))) / change >= LASTING) kept++;
  }
  const since = values.length - index;
  return since < MIN_LASTING ? kept === since : kept >= MOST * since;
}

function rangeOf(values: Float64Array): { lowest: number; highest: number } {
  return {
    lowest: values.reduce((a, b) => Math.min(a, b)),
    highest: values.reduce((a, b) => Math.max(a, b)),
  };
}
