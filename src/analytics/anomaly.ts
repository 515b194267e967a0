import { type AnomalyInterval, type Direction, toScore } from './anomaly-intervals.ts';
import { at } from './at.ts';
import { type Expectation, expectSeasonalResidual } from './detectors/seasonal-residual.ts';
import { scoreWindows, usualWindow } from './detectors/window-scores.ts';
import { findIntervals } from './find-intervals.ts';
import { denormalize, type Normalized, normalize } from './normalize.ts';
import { findPeriods } from './periods.ts';
import { oddDeviation } from './sensitivity.ts';
import {
  requireKnown,
  requireLength,
  requireOneOf,
  requirePeriods,
  requireSensitivity,
  requireStart,
  requireStep,
  requireValues,
} from './validate.ts';

const MIN_POINTS = 12;
const MIN_CYCLES = 3;
/** A season on top of a shorter one: the few values of each of its phases tell less than they blur. */
const MIN_CYCLES_ON_TOP = 6;
export interface DetectOptions {
  /** Length of a step in milliseconds, > 0; lets a period near an hour, a day or a week be that. */
  readonly stepMs?: number | undefined;
  /** Time of the first value in milliseconds since the epoch. No method so far depends on it. */
  readonly startMs?: number | undefined;
  /** Seasonal periods in steps, each a whole number >= 2; found in the data when left out. */
  readonly periods?: readonly number[] | undefined;
  /** 0..1, 0.5 when left out: what counts as odd, from 8 standard deviations (0) over 4.9 (0.5) to 3 (1). */
  readonly sensitivity?: number | undefined;
  /** Which deviations count, `both` when left out. */
  readonly direction?: Direction | undefined;
}

const OPTIONS = [
  'stepMs',
  'startMs',
  'periods',
  'sensitivity',
  'direction',
] as const satisfies readonly (keyof DetectOptions)[];

export interface Detection {
  /**
   * How odd the time around each step is, 0..1, whatever the sensitivity: of windows, about as long as a season, rather than
   * of the value alone. To rank the times of one series; 0 where the value is missing or off the wanted direction.
   */
  readonly scores: Float64Array;
  /** What each step was expected to be, in the unit of the series. */
  readonly expected: Float64Array;
  /** The band outside of which a step is odd, in the unit of the series. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** What to report, the worst first; none overlaps another. */
  readonly anomalies: readonly AnomalyInterval[];
  /** Seasonal periods that were used, in steps, ascending. */
  readonly periods: readonly number[];
  /** What a reader should know before relying on it, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Finds what is odd in a regular series that is known in full.
 *
 * `scores` and `anomalies` answer two questions. The scores rank all times: the mean of how far values around a step are
 * from the season and level expected there, and of how far windows of four lengths are from any other one
 * ({@link scoreWindows}); they are high throughout and somewhat around what is odd. The anomalies are what to tell somebody,
 * with exact ends and few false ones: steps outside of the band from `lower` to `upper`, stretches that are odd as a
 * whole, and standstills ({@link findIntervals}); the score of one is that of its deviation, not of its window.
 *
 * `values`: at most 200,000 steps, NaN or infinite = missing, any unit and magnitude. Takes n log n. Throws
 * `invalid_argument` when no value is finite or an option is out of range.
 */
export function detectBatch(values: Float64Array, o: DetectOptions): Detection {
  requireLength(values);
  requireKnown(o, OPTIONS);
  requireStep(o.stepMs);
  requireStart(o.startMs);
  requirePeriods(o.periods);
  requireSensitivity(o.sensitivity);
  requireOneOf('direction', o.direction, ['both', 'high', 'low']);
  const normalized = normalize(values);
  requireValues(normalized.finite, 1, 'a search for anomalies');
  const wanted = o.periods ?? usablePeriods(values, o.stepMs);
  const periods = [...new Set(wanted)].filter((p) => MIN_CYCLES * p <= values.length).sort((a, b) => a - b);
  const { expected, spread } = expectSeasonalResidual(normalized.values, periods);
  const limit = oddDeviation(o.sensitivity);
  const window = usualWindow(values.length, periods);
  const direction = o.direction ?? 'both';
  const deviations = wantedDeviations(normalized, { expected, spread }, direction);
  const inUnit = (value: number): number => denormalize(value, normalized.unit);
  const expectedInUnit = expected.map(inUnit);
  const judged = { values, expected: expectedInUnit, scores: deviations.map(scoreOf) };
  return {
    scores: scoreTimes(normalized, expected, window).map((score, i) =>
      isWanted(at(deviations, i), direction) ? score : 0,
    ),
    expected: expectedInUnit,
    lower: expected.map((value, i) => inUnit(value - limit * at(spread.below, i))),
    upper: expected.map((value, i) => inUnit(value + limit * at(spread.above, i))),
    anomalies: normalized.finite < MIN_POINTS ? [] : findIntervals({ ...judged, deviations, window, limit }),
    periods,
    warnings: describe(normalized, wanted, periods),
  };
}

function usablePeriods(values: Float64Array, stepMs: number | undefined): number[] {
  const found = findPeriods(values, stepMs).filter((period) => MIN_CYCLES * period <= values.length);
  return found.filter((period, i) => i === 0 || MIN_CYCLES_ON_TOP * period <= values.length);
}

/** Of each step in robust standard deviations; NaN = missing, 0 on the side that was not asked for. */
function wantedDeviations(
  { values }: Normalized,
  { expected, spread }: Expectation,
  direction: Direction,
): Float64Array {
  return values.map((value, i) => {
    const residual = value - at(expected, i);
    const deviation = residual / at(residual < 0 ? spread.below : spread.above, i);
    if (direction === 'high' && deviation < 0) return 0;
    if (direction === 'low' && deviation > 0) return 0;
    return deviation;
  });
}

function scoreOf(deviation: number): number {
  return Number.isNaN(deviation) ? 0 : toScore(deviation);
}

function isWanted(deviation: number, direction: Direction): boolean {
  return direction === 'both' ? !Number.isNaN(deviation) : Math.abs(deviation) > 0;
}

function scoreTimes({ values }: Normalized, expected: Float64Array, window: number): Float64Array {
  const scored = {
    values: values.map((value, i) => (Number.isNaN(value) ? at(expected, i) : value)),
    residuals: values.map((value, i) => value - at(expected, i)),
  };
  return scoreWindows(scored, window);
}

function describe({ finite, infinite }: Normalized, wanted: readonly number[], used: readonly number[]): string[] {
  const warnings: string[] = [];
  const dropped = wanted.filter((period) => !used.includes(period));
  if (infinite > 0) warnings.push(`${infinite} infinite values were taken as missing.`);
  if (finite < MIN_POINTS)
    warnings.push(`Only ${finite} values: at least ${MIN_POINTS} are needed to call one of them odd.`);
  if (dropped.length > 0) {
    warnings.push(`Periods without ${MIN_CYCLES} full cycles in the series were left out: ${dropped.join(', ')}.`);
  }
  return warnings;
}
