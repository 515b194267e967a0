import { at } from './at.ts';
import { noiseLevel } from './noise-level.ts';
import { denormalize, normalize } from './normalize.ts';
import { median } from './order-statistics.ts';
import { findPeriods } from './periods.ts';
import { centredMedian } from './running-median.ts';
import { phaseMedians } from './seasonal-profile.ts';
import { type Segment, segmentMeans } from './segment-means.ts';
import {
  requireKnown,
  requireLength,
  requireOneOf,
  requirePeriods,
  requireSensitivity,
  requireStep,
  requireWhole,
} from './validate.ts';

/** A shorter change is an outlier or a burst, not a new level. */
const MIN_STEPS = 4;
const MAX_MIN_STEPS = 100_000;
/** A spread is known from more values than a level. */
const MIN_STEPS_OF_SPREAD = 12;
const MIN_CYCLES = 3;
/** Standard deviations from the median around it at which a value is cut, so that no single one makes a change. */
const CUT = 2.5;
/** What a change must gain, in long-run variances times the logarithm of the number of values: at sensitivity 0 and 1. */
const PENALTY_AT_LEAST_SENSITIVE = 6;
const PENALTY_AT_MOST_SENSITIVE = 1.5;
/** Of a normal distribution: standard deviations in a median absolute deviation. */
const SIGMAS_PER_MAD = 1.4826;
/** Distances below this share of the usual one are taken for that, as their logarithm has no lower end. */
const LEAST_DEVIATION = 0.1;

export interface ChangepointOptions {
  /** Length of a step in milliseconds, > 0; lets a period near an hour, a day or a week be that. */
  readonly stepMs?: number | undefined;
  /** Seasonal periods in steps, each a whole number >= 2; found in the data when left out. Empty: there is none. */
  readonly periods?: readonly number[] | undefined;
  /** What may change: the level (when left out), how far values are spread around it, or both. */
  readonly change?: 'level' | 'spread' | 'both' | undefined;
  /** How many steps a change lasts at least, a whole number from 1 on; 4 when left out. */
  readonly minSteps?: number | undefined;
  /** 0..1, 0.5 when left out: the higher, the smaller the changes that count. */
  readonly sensitivity?: number | undefined;
}

const OPTIONS = [
  'stepMs',
  'periods',
  'change',
  'minSteps',
  'sensitivity',
] as const satisfies readonly (keyof ChangepointOptions)[];

export interface Changepoint {
  /** The first step after the change. */
  readonly index: number;
  readonly kind: 'level' | 'spread';
  /** Median, or standard deviation, of the values from the change before to this one, and to the next: in their unit. */
  readonly before: number;
  readonly after: number;
  /** How far apart these are, in standard deviations of the noise, > 0. */
  readonly size: number;
  readonly direction: 'up' | 'down';
  /** 0..1: how far it is from a change that noise alone could make, 0 = just not, 0.63 = twice as much. */
  readonly score: number;
}

/**
 * The steps at which the level of a regular series, or how far its values are spread, changes for `minSteps` or more: the
 * segmentation that explains the values best for a penalty a change (PELT, see `segmentMeans`). The noise is estimated from
 * differences by their medians, with its memory, so that neither the changes nor autocorrelation are taken for the other
 * (see `noiseLevel`); values far from those around them are cut, so that a spike is no change; the seasons are taken off
 * first. Changes of spread are changes of the mean of the logarithm of the distances from the level.
 *
 * `values`: at most 200,000, NaN or infinite = missing, any unit and magnitude; fewer than twice `minSteps`, or constant
 * ones, have no change. Ascending by index. Takes n log n. Throws `invalid_argument` for an option out of range.
 */
export function findChangepoints(values: Float64Array, o: ChangepointOptions): Changepoint[] {
  requireLength(values);
  requireKnown(o, OPTIONS);
  requireStep(o.stepMs);
  requirePeriods(o.periods);
  requireOneOf('change', o.change, ['level', 'spread', 'both']);
  const { change = 'level', minSteps = MIN_STEPS } = o;
  requireWhole('minSteps', minSteps, 1, MAX_MIN_STEPS);
  requireSensitivity(o.sensitivity);
  const normalized = normalize(values);
  const steady = withoutSeasons(normalized.values, o.periods ?? findPeriods(values, o.stepMs));
  const indices = Int32Array.from(steady.keys()).filter((i) => Number.isFinite(at(steady, i)));
  const known = steady.filter(Number.isFinite);
  const factor = penaltyFactor(o.sensitivity ?? 0.5);
  const levels = findShifts(known, { minSteps, factor, deviations: deviationsOf(known, { minSteps, factor }) });
  const rest = withoutLevels(known, levels);
  const noise = Math.max(spreadOf(rest), noiseLevel(known).step);
  const spreads = change === 'level' ? [] : findSpreads(rest, { minSteps, factor });
  const found = [
    ...(change === 'spread' ? [] : levels.map((shift) => describe(shift, { kind: 'level', values: known, noise }))),
    ...spreads.map((shift) => describe(shift, { kind: 'spread', values: rest, noise })),
  ];
  return found
    .filter(({ size }) => size > 0)
    .map((one) => ({
      ...one,
      index: indices[one.index] ?? 0,
      before: denormalize(one.before, normalized.unit),
      after: denormalize(one.after, normalized.unit),
    }))
    .sort((a, b) => a.index - b.index);
}

/** A change of the mean, of the values from `from` to it and from it to `to`. */
interface Shift {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly score: number;
}

interface Limits {
  readonly minSteps: number;
  /** What a change must gain, in long-run variances times the logarithm of the number of values. */
  readonly factor: number;
}

interface ShiftOptions extends Limits {
  /** How far each value is usually from its level, > 0 and in any unit; all the same when left out. */
  readonly deviations?: Float64Array | undefined;
}

function penaltyFactor(sensitivity: number): number {
  return PENALTY_AT_LEAST_SENSITIVE * (PENALTY_AT_MOST_SENSITIVE / PENALTY_AT_LEAST_SENSITIVE) ** sensitivity;
}

function findShifts(values: Float64Array, { minSteps, factor, deviations }: ShiftOptions): Shift[] {
  const middle = median(values);
  const deviation = (i: number) => (deviations === undefined ? 1 : at(deviations, i));
  const { step, longRun } = noiseLevel(values.map((value, i) => (value - middle) / deviation(i)));
  if (!(step > 0) || values.length < 2 * minSteps) return [];
  const around = centredMedian(values, 2 * minSteps - 1);
  // In units of the noise and around 0, so that sums of squares are exact enough.
  const cut = values.map((value, i) => {
    const farthest = CUT * step * deviation(i);
    return (Math.min(at(around, i) + farthest, Math.max(at(around, i) - farthest, value)) - middle) / step;
  });
  const weights = values.map((_, i) => deviation(i) ** -2);
  const penalty = (factor * Math.log(values.length) * longRun) / step ** 2;
  const isLasting = (before: Segment, segment: Segment) => lastingSteps(values, before, segment) >= minSteps;
  const changes = segmentMeans(cut, { penalty, minSteps, weights, isLasting });
  return changes.map(({ index, gain }, k) => ({
    index,
    from: changes[k - 1]?.index ?? 0,
    to: changes[k + 1]?.index ?? values.length,
    score: 1 - Math.exp(Math.min(0, 1 - gain / penalty)),
  }));
}

/**
 * How many values of a segment lie nearer to its level than to that of the one before: a blip and the values beside it make
 * a segment that is long enough by the blip alone.
 */
function lastingSteps(values: Float64Array, before: Segment, segment: Segment): number {
  const own = values.subarray(segment.from, segment.to);
  const level = median(own);
  const earlier = median(values.subarray(before.from, before.to));
  return own.filter((value) => Math.abs(value - level) <= Math.abs(value - earlier)).length;
}

/** Where the distances from a level become larger or smaller: where the mean of their logarithm changes. */
function findSpreads(distances: Float64Array, { minSteps, factor }: Limits): Shift[] {
  const usual = spreadOf(distances);
  if (!(usual > 0)) return [];
  const logarithms = distances.map((distance) => Math.log(Math.max(Math.abs(distance) / usual, LEAST_DEVIATION)));
  return findShifts(logarithms, { minSteps: Math.max(minSteps, MIN_STEPS_OF_SPREAD), factor });
}

/**
 * How far each value is usually from its level, where that changes: else the noise of a loud part would be changes of level
 * beside that of a quiet one. Undefined where it is the same all over.
 */
function deviationsOf(values: Float64Array, limits: Limits): Float64Array | undefined {
  const around = centredMedian(values, 2 * MIN_STEPS_OF_SPREAD - 1);
  const rest = values.map((value, i) => value - at(around, i));
  const spreads = findSpreads(rest, limits);
  if (spreads.length === 0) return undefined;
  const least = LEAST_DEVIATION * spreadOf(rest);
  const deviations = new Float64Array(values.length);
  for (const [start, end] of segmentsOf(spreads, values.length)) {
    deviations.fill(Math.max(least, spreadOf(rest.subarray(start, end))), start, end);
  }
  return deviations;
}

interface Described {
  readonly kind: Changepoint['kind'];
  readonly values: Float64Array;
  readonly noise: number;
}

function describe({ index, from, to, score }: Shift, { kind, values, noise }: Described): Changepoint {
  const statistic = kind === 'level' ? median : spreadOf;
  const before = statistic(values.subarray(from, index));
  const after = statistic(values.subarray(index, to));
  const size = Math.abs(after - before) / noise;
  return { index, kind, before, after, size, direction: after > before ? 'up' : 'down', score };
}

/** Distances from the median of the segment. */
function withoutLevels(values: Float64Array, shifts: readonly Shift[]): Float64Array {
  const rest = values.slice();
  for (const [start, end] of segmentsOf(shifts, values.length)) {
    const level = median(values.subarray(start, end));
    for (let i = start; i < end; i++) rest[i] = at(values, i) - level;
  }
  return rest;
}

function segmentsOf(shifts: readonly Shift[], n: number): [start: number, end: number][] {
  const starts = [0, ...shifts.map(({ index }) => index)];
  return starts.map((start, k) => [start, starts[k + 1] ?? n]);
}

/** Standard deviation of distances, by their median. */
function spreadOf(distances: Float64Array): number {
  return SIGMAS_PER_MAD * median(distances.map(Math.abs)) || 0;
}

/** The shape of each period taken off, found around the level of a cycle, so that a new level is no part of it. */
function withoutSeasons(values: Float64Array, periods: readonly number[]): Float64Array {
  let rest = values;
  for (const period of [...new Set(periods)].sort((a, b) => a - b)) {
    if (MIN_CYCLES * period > values.length) continue;
    const level = centredMedian(rest, period);
    const before = rest;
    const shape = phaseMedians(
      before.map((value, i) => value - at(level, i)),
      period,
    );
    rest = before.map((value, i) => value - at(shape, i % period));
  }
  return rest;
}
