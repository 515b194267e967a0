import { at } from '../at.ts';
import { median, sortedFinite } from '../order-statistics.ts';
import { findLateShift, jumpAt, type LateShift } from './late-shift.ts';
import { AS_LARGE, findShifts, partOf, SEASONS_BACK, type Shift } from './shifts.ts';

/** The part of a series that says how it goes on. */
export interface Regime {
  /** Index of its first step. */
  readonly start: number;
  /** What it begins with; null when it is the whole series. */
  readonly shift: Shift | null;
  /** Falls back again and again; null when it does not. */
  readonly sawTooth: SawTooth | null;
  /** Changes of level that begin something new, in order, up to `shift`; none where a saw-tooth was outgrown. */
  readonly levels: readonly Shift[];
  /** Where the series ends with the first value of a new level: what there is if it is an odd reading. */
  readonly ifOdd: { readonly regime: Regime; readonly isLikely: boolean } | null;
  /** Steps that are to be left out, such as what was there for a while and went again. */
  readonly excursions: readonly { readonly start: number; readonly end: number }[];
}

/** What a series does that rises and is reset: logs that are rotated, a cache, memory that a restart frees. */
export interface SawTooth {
  readonly drops: readonly Shift[];
  /** The level right before each drop. */
  readonly peaks: Float64Array;
  /** Steps between drops, mostly. */
  readonly period: number;
  /** Growth a step within the rises: the median, and the least and the most of them. */
  readonly slope: { readonly median: number; readonly least: number; readonly most: number };
}

/** Of a series that does nothing. */
export const steadyRegime: Regime = {
  start: 0,
  shift: null,
  sawTooth: null,
  levels: [],
  ifOdd: null,
  excursions: [],
};

/** This share of a drop has to be regained before the next one for the two to be of a saw-tooth. */
const REGAINED = 0.5;
/** Of the drops, so that the series is a saw-tooth. */
const MOST = 0.6;
/** A rise is its own event, no part of growth, when few make up this share of all that changed. */
const OWN_EVENT = 0.4;
const FEW_RISES = 2;

/**
 * `values`: NaN = missing, the last one finite; `size`: steps of a block; `levelSince`: the step with which the present
 * level begins, where that is known.
 */
export function findRegime(values: Float64Array, size: number, levelSince?: number): Regime {
  const { found, late } = shiftsOf(values, size, levelSince);
  if (!late?.isSingle) return regimeOf(values, found, late);
  const odd = regimeOf(
    values,
    found.filter((one) => one !== late),
    null,
  );
  const regime = late.isLikelyOdd && odd.sawTooth !== null ? odd : regimeOf(values, found, late);
  return { ...regime, ifOdd: { regime: odd, isLikely: late.isLikelyOdd } };
}

function regimeOf(values: Float64Array, found: readonly Shift[], late: Shift | null): Regime {
  const excursions = excursionsOf(found);
  const shifts = found.filter(({ index }) => !excursions.some(({ start, end }) => index === start || index === end));
  const drops = shifts.filter((shift) => shift.size < 0);
  const sawTooth = sawToothOf(values, drops);
  const whole = { ...steadyRegime, excursions };
  if (sawTooth !== null) {
    const last = drops.at(-1);
    return last && outgrew(values, sawTooth) ? { ...whole, start: last.index, shift: last } : { ...whole, sawTooth };
  }
  const rises = [ownRise(values, shifts), ...shifts.filter((one) => one === late)];
  const levels = [...new Set([...drops, ...rises])].filter((one) => one !== undefined);
  const last = levels.sort((a, b) => a.index - b.index).at(-1);
  return last === undefined ? whole : { ...whole, start: last.index, shift: last, levels };
}

/** All sudden changes of level in order, and the one of them that is so late that only its size tells. */
function shiftsOf(values: Float64Array, size: number, levelSince: number | undefined) {
  const settled = findShifts(values, size).filter(({ index }) => !isLastValue(values, index));
  const near = 2 * partOf(size);
  const late = lateShift(values, { levelSince, size, within: near + 1, lasting: settled.filter(isLasting) });
  const isSame = (one: Shift) => late !== null && one.size * late.size > 0 && Math.abs(one.index - late.index) <= near;
  const found = settled.filter((one) => !isSame(one));
  return { found: late === null ? found : [...found, late].sort((a, b) => a.index - b.index), late };
}

function lateShift(
  values: Float64Array,
  o: { levelSince: number | undefined; size: number; within: number; lasting: readonly Shift[] },
): LateShift | null {
  const { levelSince: index } = o;
  if (index === undefined) return findLateShift(values, o);
  if (index < 1 || index >= values.length) return null;
  const { size } = jumpAt(values, index);
  return comesBack(values, { index, size }, o) ? null : { index, size, isSingle: false, isLikelyOdd: false };
}

/** Whether about as much came at that step of one of the seasons before without lasting, as a job of each noon does. */
function comesBack(
  values: Float64Array,
  { index, size }: Shift,
  { size: season, lasting }: { size: number; lasting: readonly Shift[] },
): boolean {
  if (season === 1) return false;
  const rise = (from: number) =>
    median(values.subarray(from, from + values.length - index)) - median(values.subarray(Math.max(0, from - 3), from));
  for (let back = 1; back <= SEASONS_BACK && index - back * season >= 1; back++) {
    const before = index - back * season;
    if (lasting.some((one) => Math.abs(one.index - before) <= partOf(season))) continue;
    if (rise(before) / size >= AS_LARGE) return true;
  }
  return false;
}

function isLastValue(values: Float64Array, index: number): boolean {
  return !values.subarray(index, -1).some(Number.isFinite);
}

/** Not taken back by the next one. */
function isLasting({ size }: Shift, i: number, shifts: readonly Shift[]): boolean {
  return !isTakenBack(size, shifts[i + 1]?.size ?? 0);
}

function isTakenBack(size: number, next: number): boolean {
  const share = -next / size;
  return share > 0.5 && share < 1.5;
}

/** A rise that the next drop takes back, but for half of it at most. */
function excursionsOf(shifts: readonly Shift[]): { start: number; end: number }[] {
  return shifts.flatMap((shift, i) => {
    const next = shifts[i + 1];
    if (next === undefined || shift.size <= 0) return [];
    return isTakenBack(shift.size, next.size) ? [{ start: shift.index, end: next.index }] : [];
  });
}

function sawToothOf(values: Float64Array, drops: readonly Shift[]): SawTooth | null {
  if (drops.length < 2) return null;
  const cycles = drops.slice(1).map((drop, i) => {
    const from = drops[i]?.index ?? 0;
    const { slope, top, gained } = measureRamp(values.subarray(from, drop.index));
    return { length: drop.index - from, slope, top, isTooth: gained >= -REGAINED * drop.size };
  });
  if (cycles.filter(({ isTooth }) => isTooth).length < MOST * cycles.length) return null;
  const slopes = Float64Array.from(cycles, ({ slope }) => slope).sort();
  const first = drops[0]?.index ?? 0;
  return {
    drops,
    peaks: Float64Array.of(median(values.subarray(Math.max(0, first - 3), first)), ...cycles.map(({ top }) => top)),
    period: median(Float64Array.from(cycles, ({ length }) => length)),
    slope: { median: median(slopes), least: at(slopes, 0), most: at(slopes, slopes.length - 1) },
  };
}

/** From the medians of its first and its last tenth. */
export function measureRamp(ramp: Float64Array): { slope: number; top: number; gained: number } {
  const end = Math.max(1, Math.ceil(ramp.length / 10));
  const high = median(ramp.subarray(ramp.length - end));
  const gained = high - median(ramp.subarray(0, end));
  const slope = ramp.length > end ? gained / (ramp.length - end) : 0;
  return { slope, top: high + (slope * (end - 1)) / 2, gained };
}

/** Whether the present rise has gone further and on for longer than those before: what used to reset it does not. */
function outgrew(values: Float64Array, { drops, peaks, period }: SawTooth): boolean {
  const since = values.length - (drops.at(-1)?.index ?? 0);
  const known = sortedFinite(peaks);
  const now = median(values.subarray(values.length - Math.max(1, Math.ceil(since / 10))));
  const usualDrop = median(Float64Array.from(drops, ({ size }) => -size));
  return since > 1.5 * period && now > at(known, known.length - 1) + 0.25 * usualDrop;
}

/** The last of a few rises that are most of what happened. */
function ownRise(values: Float64Array, shifts: readonly Shift[]): Shift | undefined {
  const rises = shifts.filter(({ size }) => size > 0);
  if (rises.length === 0 || rises.length > FEW_RISES) return undefined;
  const known = sortedFinite(values);
  const range = at(known, known.length - 1) - at(known, 0);
  return rises.findLast(({ size }) => size > OWN_EVENT * range);
}
