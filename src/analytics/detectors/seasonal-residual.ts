import { at } from '../at.ts';
import { median } from '../order-statistics.ts';
import { centredMedian, trailingMedian } from '../running-median.ts';
import { phaseMedians } from '../seasonal-profile.ts';

/** Candidate windows of the local level in steps, the steadier first. */
const LEVEL_WINDOWS = [243, 81, 27, 9, 3] as const;
/** A shorter window is taken only when it predicts better than this share of a steadier one's error. */
const WORTH_FOLLOWING = 0.85;
/** Steps over which the spread is taken to be the same. */
const SPREAD_WINDOW = 1001;
/** The spread nowhere falls below this share of the whole series' spread, */
const MIN_SHARE_OF_SPREAD = 0.3;
/** nor below this share of the level, so that a flat series does not turn a crumb into an anomaly. */
const MIN_SHARE_OF_LEVEL = 0.002;
/** Median absolute deviation to standard deviation, for normal values. */
const MAD_TO_SIGMA = 1.4826;

/** What a series was expected to be, step by step. */
export interface Expectation {
  /** All finite. */
  readonly expected: Float64Array;
  /** Robust standard deviation around it, all above 0. */
  readonly spread: Float64Array;
}

/**
 * Expects at each step the season (median of each phase of each period) on top of the median of the steps just before;
 * the spread is the median absolute deviation around that, local in time and by phase of the longest period, so that a
 * peak that comes at every cycle but not at the same height is not odd.
 *
 * `values`: normalized, at least one finite, NaN = missing; `periods`: in steps, ascending, each with three cycles.
 * After STL with medians for loess: Cleveland et al., "STL" (1990); Hochenbaum et al., "Automatic Anomaly Detection in
 * the Cloud Via Statistical Learning" (2017).
 */
export function expectSeasonalResidual(values: Float64Array, periods: readonly number[]): Expectation {
  const season = seasonOf(values, periods);
  const level = followLevel(values.map((value, i) => value - at(season, i)));
  const expected = level.map((value, i) => value + at(season, i));
  const deviations = values.map((value, i) => Math.abs(value - at(expected, i)));
  return { expected, spread: spreadOf(values, deviations, periods.at(-1)) };
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

function spreadOf(values: Float64Array, deviations: Float64Array, period: number | undefined): Float64Array {
  const local = centredMedian(deviations, SPREAD_WINDOW);
  const byPhase = period === undefined ? new Float64Array(1) : phaseMedians(deviations, period);
  const phases = byPhase.length;
  const floor = spreadFloor(values, deviations);
  return local.map((deviation, i) => {
    const here = i % phases;
    const phase = median(
      Float64Array.of(at(byPhase, (here + phases - 1) % phases), at(byPhase, here), at(byPhase, (here + 1) % phases)),
    );
    return Math.max(floor, MAD_TO_SIGMA * Math.max(deviation, phase));
  });
}

function spreadFloor(values: Float64Array, deviations: Float64Array): number {
  return Math.max(
    MIN_SHARE_OF_SPREAD * MAD_TO_SIGMA * median(deviations),
    MIN_SHARE_OF_LEVEL * Math.abs(median(values)),
    quantum(values),
    Number.EPSILON,
  );
}

/** Share of changes from which on the smallest one tells how finely the metric is recorded. */
const MIN_SHARE_OF_CHANGES = 0.02;

/** The smallest difference of successive values, for series that change often enough; a count has 1. */
function quantum(values: Float64Array): number {
  const known = values.filter(Number.isFinite);
  const changes = known
    .subarray(1)
    .map((value, i) => Math.abs(value - at(known, i)))
    .filter((change) => change > 0);
  if (changes.length < MIN_SHARE_OF_CHANGES * known.length) return 0;
  return changes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
