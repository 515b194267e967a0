import { at } from '../at.ts';
import { median } from '../order-statistics.ts';
import { windowDistance } from './window-distance.ts';
import { windowEnergy } from './window-energy.ts';

/** Steps of a window where no period of up to `LONGEST` steps says how long what may be odd is. */
const DEFAULT_WINDOW = 100;
const SHORTEST = 64;
const LONGEST = 300;
/** A series holds at least so many windows, so that one can be held against others. */
const MIN_WINDOWS = 4;
const MIN_WINDOW = 4;
/** Windows of each length in terms of the usual one: the level counts in long ones, the shape alone in short ones. */
const SCALES = [
  { factor: 2, shapeOnly: false },
  { factor: 1, shapeOnly: false },
  { factor: 1 / 2, shapeOnly: true },
  { factor: 1 / 4, shapeOnly: true },
] as const;
/** Usual deviations at which the score is 1/2. */
const HALF_AT = 5;
/** A usual deviation is at least this share of the mean one, as most steps of a quiet series have none at all. */
const MIN_SHARE_OF_MEAN = 0.05;

/** A series as the scores see it. */
export interface ScoredSeries {
  /** All finite: normalized, with the expectation in place of what is missing. */
  readonly values: Float64Array;
  /** Value minus expectation, NaN = missing. */
  readonly residuals: Float64Array;
}

/** Steps that belong together when a series is looked at in windows: its longest period of up to 300 steps, or 100. */
export function usualWindow(length: number, periods: readonly number[]): number {
  const period = periods.findLast((p) => p <= LONGEST) ?? DEFAULT_WINDOW;
  return Math.max(MIN_WINDOW, Math.min(Math.max(SHORTEST, period), Math.floor(length / MIN_WINDOWS)));
}

/**
 * How odd the time around each step is, 0..1: the mean of five members, each in terms of its own usual deviations above
 * its own median in this series. One is how far values are from the season and level expected there, the others how far
 * windows of two, one, a half and a quarter `window` are from any other one.
 */
export function scoreWindows({ values, residuals }: ScoredSeries, window: number): Float64Array {
  const sum = new Float64Array(values.length);
  const add = (member: Float64Array): void => {
    const excess = excessOf(member);
    for (let i = 0; i < sum.length; i++) sum[i] = at(sum, i) + at(excess, i);
  };
  add(windowEnergy(residuals, window));
  for (const { factor, shapeOnly } of SCALES) {
    add(windowDistance(values, { window: scaledWindow(values.length, factor * window), shapeOnly }));
  }
  return sum.map((total) => {
    const mean = total / (SCALES.length + 1);
    return mean / (mean + HALF_AT);
  });
}

function scaledWindow(length: number, window: number): number {
  return Math.min(Math.max(MIN_WINDOW, Math.floor(window)), Math.max(1, length >> 1));
}

/** In median absolute deviations above the median, 0 below it. */
function excessOf(member: Float64Array): Float64Array {
  const middle = median(member);
  const deviations = member.map((value) => Math.abs(value - middle));
  const mean = deviations.reduce((a, b) => a + b, 0) / Math.max(1, deviations.length);
  const unit = Math.max(median(deviations), MIN_SHARE_OF_MEAN * mean, Number.EPSILON);
  return member.map((value) => Math.max(0, (value - middle) / unit));
}
