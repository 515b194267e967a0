import type { Effort } from './effort.ts';
import { fillMissing } from './fill-missing.ts';
import { firstFinite, lastFinite } from './finite-ends.ts';
import { describeHistory } from './history-warnings.ts';
import { findLevelShifts, type LevelShift, MIN_BLOCKS, withoutShifts } from './level-shifts.ts';
import { limitOutliers } from './limit-outliers.ts';
import { normalize } from './normalize.ts';
import { calendarPeriods, findPeriods } from './periods.ts';
import { findRecentBreak, type RecentBreak } from './recent-break.ts';
import { findUnseenPhases } from './unseen-phases.ts';
import {
  requireEffort,
  requireHorizon,
  requireLength,
  requirePeriods,
  requireRanges,
  requireStep,
  requireValues,
} from './validate.ts';
import { type StepRange, withoutSteps } from './without-steps.ts';

/** What forecasts and their backtests are asked with. */
export interface HistoryOptions {
  /** Steps to forecast: a whole number, 1..10,000. */
  readonly horizon: number;
  /** Length of a step in milliseconds, > 0; makes an hour, a day and a week known as likely seasons. */
  readonly stepMs?: number | undefined;
  /** Seasonal periods in steps, each a whole number >= 2; found in the data when left out. */
  readonly periods?: readonly number[] | undefined;
  /** `fast` for ranking thousands of series, `full` (default) for one answer. */
  readonly effort?: Effort | undefined;
  /** Steps that are left out of fitting and of the backtest, such as maintenance or a past incident. */
  readonly exclude?: readonly StepRange[] | undefined;
}

export const HISTORY_OPTIONS = [
  'horizon',
  'stepMs',
  'periods',
  'effort',
  'exclude',
] as const satisfies readonly (keyof HistoryOptions)[];

/** A checked series, ready to be learned from. */
export interface History {
  /** Normalized values from the first finite one to the last, gaps filled, level shifts taken out, outliers pulled in. */
  readonly values: Float64Array;
  /** As `values`, with NaN for what is missing or left out. */
  readonly known: Float64Array;
  /** The shifts that were taken out: what was before them was moved to the level after them. */
  readonly shifts: readonly LevelShift[];
  /** A caller's value is `values[i] * unit`. */
  readonly unit: number;
  /** Index of the first of them in the caller's series. */
  readonly start: number;
  /** Number of finite values. */
  readonly finite: number;
  /** Steps without a value at the end of the series: a forecast has to cross them first. */
  readonly gap: number;
  /** Normalized values that the steps to come may as well have: outliers at the end, or the level before a new one. */
  readonly otherwise: RecentBreak['otherwise'];
  /** Seasonal periods that were found in it or told, and fit in twice, in steps, ascending. */
  readonly found: readonly number[];
  /** These, and those that the calendar suggests. */
  readonly periods: readonly number[];
  /** Seasons that were told or that the calendar suggests, in steps, of which it has one cycle and a part of the next. */
  readonly young: readonly number[];
  /** What a reader should know of the data, in sentences. */
  readonly warnings: readonly string[];
}

/** A level is that of so many steps, or of a cycle. */
const MIN_BLOCK = 12;

/** A season of which another one has so many is no level's. */
const MUCH_LONGER = 10;

/** Cycles of a season from which on it is tried. */
const MIN_CYCLES_YOUNG = 1.25;

/** Checks and prepares a series; NaN = missing. Throws `invalid_argument`, also when no value is finite. */
export function prepareHistory(values: Float64Array, o: HistoryOptions): History {
  requireLength(values);
  requireHorizon(o.horizon);
  requireStep(o.stepMs);
  requirePeriods(o.periods);
  requireEffort(o.effort);
  requireRanges(o.exclude);
  const { values: normalized, unit, finite, infinite } = normalize(withoutSteps(values, o.exclude ?? []));
  requireValues(finite, 1, 'a forecast');
  const end = lastFinite(normalized).index + 1;
  const start = firstFinite(normalized).index;
  const all = normalized.subarray(start, end);
  const found = fitting(o.periods ?? findPeriods(all, o.stepMs), all.length);
  const periods = o.periods ? found : fitting([...found, ...calendarPeriods(o.stepMs)], all.length);
  const seasons = seasonsOfLevels(found, periods);
  const block = seasons[0] ?? Math.max(MIN_BLOCK, Math.floor(all.length / 32));
  const { known, filled, recent } = withoutLateOutliers(all, fillMissing(all, found), { block, periods: seasons });
  const young = youngOf(o.periods ?? calendarPeriods(o.stepMs), known.length);
  const dropped = o.periods?.filter((period) => !periods.includes(period) && !young.includes(period)) ?? [];
  const shifts = shiftsOf(filled, recent, block);
  const settled = withoutShifts(filled, shifts);
  const gap = values.length - start - known.length;
  const limited = limitOutliers(settled, found.findLast((period) => 4 * period <= settled.length) ?? 0);
  return {
    values: limited,
    known: withoutShifts(known, shifts),
    shifts,
    unit,
    start,
    finite,
    gap,
    otherwise: recent?.otherwise ?? null,
    found,
    periods,
    young,
    warnings: describeHistory({
      infinite,
      gap: values.length - end,
      outliers: countDifferent(settled, limited),
      endsInOutlier: settled.at(-1) !== limited.at(-1),
      recent,
      since: all.length - (recent?.index ?? all.length),
      dropped,
      unseen: findUnseenPhases(known, periods, { from: gap, to: gap + o.horizon }),
      stepMs: o.stepMs,
    }),
  };
}

/** Those that a level is to be told from: found ones rather than likely ones, the day rather than the hour. */
function seasonsOfLevels(found: readonly number[], periods: readonly number[]): number[] {
  const long = (period: number) => period >= MIN_BLOCK;
  if (!found.some(long)) return periods.filter(long);
  return found.filter((period, i) => long(period) && (found[i + 1] ?? 0) < MUCH_LONGER * period);
}

/** Values at the end that may be outliers or a new level are not learned from. */
function withoutLateOutliers(
  known: Float64Array,
  filled: Float64Array,
  { block, periods }: { block: number; periods: readonly number[] },
) {
  const recent = findRecentBreak(filled, { within: MIN_BLOCKS * block, cycle: block, periods });
  if (recent === null || recent.lasting) return { known, filled, recent };
  return { known: known.subarray(0, recent.index), filled: filled.subarray(0, recent.index), recent };
}

function shiftsOf(filled: Float64Array, recent: RecentBreak | null, block: number): LevelShift[] {
  const last = recent?.lasting ? [{ index: recent.index, before: recent.before, after: recent.after }] : [];
  return [...findLevelShifts(withoutShifts(filled, last), block), ...last].sort((a, b) => a.index - b.index);
}

/** Each once, ascending, where the series has two cycles of it. */
function fitting(periods: readonly number[], length: number): number[] {
  return [...new Set(periods)].filter((period) => 2 * period <= length).sort((a, b) => a - b);
}

/** Of which the series has less than two cycles, but as much of the second as shows whether it repeats. */
function youngOf(periods: readonly number[], length: number): number[] {
  return [...new Set(periods)]
    .filter((period) => MIN_CYCLES_YOUNG * period <= length && length < 2 * period)
    .sort((a, b) => a - b);
}

function countDifferent(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => (value === b[i] ? sum : sum + 1), 0);
}
