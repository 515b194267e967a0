import { at } from '../at.ts';
import { median } from '../order-statistics.ts';
import { centredMedian, trailingMedian } from '../running-median.ts';
import { phaseMedians } from '../seasonal-profile.ts';
import { estimateSpread, type Spread } from './spread.ts';

/** Candidate windows of the local level in steps, the steadier first. */
const LEVEL_WINDOWS = [243, 81, 27, 9, 3] as const;
/** A shorter window is taken only when it predicts better than this share of a steadier one's error. */
const WORTH_FOLLOWING = 0.85;
/** What a series was expected to be, step by step. */
export interface Expectation {
  /** All finite. */
  readonly expected: Float64Array;
  /** Robust standard deviations on either side of it, all above 0. */
  readonly spread: Spread;
}

/**
 * Expects at each step the season (median of each phase of each period) on top of the median of the steps just before.
 *
 * `values`: normalized, at least one finite, NaN = missing; `periods`: in steps, ascending, each with three cycles.
 * After STL with medians for loess: Cleveland et al., "STL" (1990); Hochenbaum et al., "Automatic Anomaly Detection in
 * the Cloud Via Statistical Learning" (2017).
 */
export function expectSeasonalResidual(values: Float64Array, periods: readonly number[]): Expectation {
  const season = seasonOf(values, periods);
  const level = followLevel(values.map((value, i) => value - at(season, i)));
  const expected = level.map((value, i) => value + at(season, i));
  const residuals = values.map((value, i) => value - at(expected, i));
  return { expected, spread: estimateSpread(values, residuals, periods.at(-1)) };
}

function seasonOf(values: Float64Array, periods: readonly number[]): Float64Array {
  const season = new Float64Array(values.length);
  const longest = periods.at(-1);
  if (longest === undefined) return season;
  const trend = centredMedian(values, longest);
  for (const period of periods) {
    const profile = phaseMedians(
      values.map((value, i) => value - at(trend, i) - at(season, i)),
      period,
    );
    for (let i = 0; i < season.length; i++) season[i] = at(season, i) + at(profile, i % period);
  }
  return season;
}

/** The median of the steps before each step, over the longest window that predicts about as well as a shorter one. */
function followLevel(values: Float64Array): Float64Array {
  let best = previousMedian(values, LEVEL_WINDOWS[0]);
  let bestError = medianError(values, best);
  for (const window of LEVEL_WINDOWS.slice(1)) {
    const level = previousMedian(values, window);
    const error = medianError(values, level);
    if (error >= WORTH_FOLLOWING * bestError) continue;
    best = level;
    bestError = error;
  }
  return best;
}

/** Without the lag that a trend gives it: the median difference is taken off. */
function previousMedian(values: Float64Array, window: number): Float64Array {
  const medians = trailingMedian(values, window);
  const previous = medians.map((value, i) => (i < window ? value : at(medians, i - 1)));
  const lag = median(values.map((value, i) => value - at(previous, i)));
  return previous.map((value) => value + lag);
}

function medianError(values: Float64Array, level: Float64Array): number {
  return median(values.map((value, i) => Math.abs(value - at(level, i))));
}
