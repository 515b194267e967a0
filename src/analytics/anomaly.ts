import { type AnomalyInterval, type Direction, joinAnomalies, toScore } from './anomaly-intervals.ts';
import { at } from './at.ts';
import { expectSeasonalResidual } from './detectors/seasonal-residual.ts';
import type { Spread } from './detectors/spread.ts';
import { denormalize, type Normalized, normalize } from './normalize.ts';
import { findPeriods } from './periods.ts';
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
/** Robust standard deviations that are odd at sensitivity 0 and at 1; the geometric mean, 4.9, in the middle. */
const DEVIATION_AT_LEAST_SENSITIVE = 8;
const DEVIATION_AT_MOST_SENSITIVE = 3;

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
  /** How odd each step is, 0..1, whatever the sensitivity; 0 where the value is missing or off the wanted direction. */
  readonly scores: Float64Array;
  /** What each step was expected to be, in the unit of the series. */
  readonly expected: Float64Array;
  /** The band outside of which a step is odd, in the unit of the series. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** The worst first. */
  readonly anomalies: readonly AnomalyInterval[];
  /** Seasonal periods that were used, in steps, ascending. */
  readonly periods: readonly number[];
  /** What a reader should know before relying on it, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Finds what is odd in a regular series that is known in full: steps far from the season and the level before them, in
 * terms of the usual spread there.
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
  const limit = oddDeviation(o.sensitivity ?? 0.5);
  const scores = scoreDeviations(normalized, expected, spread, o.direction ?? 'both');
  const inUnit = (value: number): number => denormalize(value, normalized.unit);
  const expectedInUnit = expected.map(inUnit);
  return {
    scores,
    expected: expectedInUnit,
    lower: expected.map((value, i) => inUnit(value - limit * at(spread.below, i))),
    upper: expected.map((value, i) => inUnit(value + limit * at(spread.above, i))),
    anomalies: normalized.finite < MIN_POINTS ? [] : joinAnomalies(values, expectedInUnit, scores, toScore(limit)),
    periods,
    warnings: describe(normalized, wanted, periods),
  };
}

function usablePeriods(values: Float64Array, stepMs: number | undefined): number[] {
  const found = findPeriods(values, stepMs).filter((period) => MIN_CYCLES * period <= values.length);
  return found.filter((period, i) => i === 0 || MIN_CYCLES_ON_TOP * period <= values.length);
}

function oddDeviation(sensitivity: number): number {
  return DEVIATION_AT_LEAST_SENSITIVE * (DEVIATION_AT_MOST_SENSITIVE / DEVIATION_AT_LEAST_SENSITIVE) ** sensitivity;
}

function scoreDeviations(
  { values }: Normalized,
  expected: Float64Array,
  spread: Spread,
  direction: Direction,
): Float64Array {
  return values.map((value, i) => {
    const residual = value - at(expected, i);
    const deviation = residual / at(residual < 0 ? spread.below : spread.above, i);
    if (Number.isNaN(deviation)) return 0;
    if (direction === 'high' && deviation < 0) return 0;
    if (direction === 'low' && deviation > 0) return 0;
    return toScore(deviation);
  });
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
