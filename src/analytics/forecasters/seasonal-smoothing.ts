import { at } from '../at.ts';
import type { Forecaster } from '../forecaster.ts';
import { minimize } from '../minimize.ts';

/** Share of the trend that is left after a step. */
const DAMPING = 0.97;
/** Smoothing needs no more than so many steps, or so many cycles of the longest season. */
const MAX_POINTS = 2000;
const MIN_CYCLES = 3;
const EVALUATIONS = 60;

interface Weights {
  /** Of a surprise in the level, the trend, the short and the long season, 0..1. */
  readonly level: number;
  readonly trend: number;
  readonly short: number;
  readonly long: number;
  /** Autocorrelation of the surprises, 0..1. */
  readonly carry: number;
}

/** Where smoothing starts from; `short` and `long` hold a value for each phase, phase 0 at the first step. */
interface Start {
  readonly level: number;
  readonly short: Float64Array;
  readonly long: Float64Array;
}

interface Smoothed {
  readonly level: number;
  readonly trend: number;
  readonly short: Float64Array;
  readonly long: Float64Array;
  readonly surprise: number;
  /** Sum of the absolute one-step errors after the first cycle. */
  readonly loss: number;
}

/**
 * Exponential smoothing with additive errors, a damped trend and one or two seasons, and autocorrelated surprises:
 * Holt-Winters in state-space form, ETS(A,Ad,A), with the second season of Taylor, "Short-term electricity demand
 * forecasting using double seasonal exponential smoothing" (2003). The weights minimize the absolute one-step error.
 * `long` is 0 for one season.
 */
export function seasonalSmoothing(short: number, long: number): Forecaster {
  const longest = Math.max(short, long);
  return {
    name: long > 0 ? `ets(${short},${long})` : `ets(${short})`,
    minPoints: 2 * longest + 1,
    fit(history) {
      const recent = history.subarray(Math.max(0, history.length - Math.max(MAX_POINTS, MIN_CYCLES * longest)));
      const start = initialState(recent, short, long);
      const best = minimize(
        (point) => smooth(recent, start, weightsOf(point, long > 0)).loss,
        [-3, -5, -1.5, -1.5, 1],
        [1, 1, 0.8, 0.8, 1],
        EVALUATIONS,
      );
      const weights = weightsOf(best, long > 0);
      const state = smooth(recent, start, weights);
      return { predict: (horizon) => extend(state, weights, recent.length, horizon) };
    },
  };
}

function weightsOf([level = 0, trend = 0, short = 0, long = 0, carry = 0]: readonly number[], two: boolean): Weights {
  return {
    level: 0.5 * logistic(level),
    trend: 0.05 * logistic(trend),
    short: 0.6 * logistic(short),
    long: two ? 0.6 * logistic(long) : 0,
    carry: 0.995 * logistic(carry),
  };
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * Phase means of the first cycles, around a line through them, and the level of the first short cycle: a surprise at the
 * very first steps would be taken for theirs in every cycle.
 */
function initialState(values: Float64Array, short: number, long: number): Start {
  const period = long > 0 ? long : short;
  const cycles = Math.max(1, Math.min(Math.floor(values.length / period), long > 0 ? 3 : 7));
  const first = values.subarray(0, cycles * period);
  const middle = (first.length - 1) / 2;
  const level = mean(first);
  const slope = (mean(first.subarray(-period)) - mean(first.subarray(0, period))) / Math.max(1, first.length - period);
  const line = (i: number) => level + slope * (i - middle);
  const ofShort = phaseMeans(first, short, line);
  const ofLong = long > 0 ? phaseMeans(first, long, (i) => line(i) + at(ofShort, i % short)) : new Float64Array(1);
  const cycle = first.subarray(0, short);
  return {
    level: mean(cycle.map((value, i) => value - at(ofShort, i) - at(ofLong, i % ofLong.length))),
    short: ofShort,
    long: ofLong,
  };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function phaseMeans(values: Float64Array, period: number, base: (i: number) => number): Float64Array {
  const sums = new Float64Array(period);
  const counts = new Float64Array(period);
  for (let i = 0; i < values.length; i++) {
    const phase = i % period;
    sums[phase] = at(sums, phase) + at(values, i) - base(i);
    counts[phase] = at(counts, phase) + 1;
  }
  return sums.map((sum, phase) => sum / Math.max(1, at(counts, phase)));
}

function smooth(values: Float64Array, start: Start, weights: Weights): Smoothed {
  const short = start.short.slice();
  const long = start.long.slice();
  const skipped = Math.min(values.length >> 2, short.length);
  let { level } = start;
  let trend = 0;
  let surprise = 0;
  let loss = 0;
  let i = 0;
  let j = 0;
  for (let t = 0; t < values.length; t++) {
    const off = at(values, t) - (level + DAMPING * trend + at(short, i) + at(long, j));
    const error = off - weights.carry * surprise;
    if (t >= skipped) loss += Math.abs(error);
    level += DAMPING * trend + weights.level * error;
    trend = DAMPING * trend + weights.trend * error;
    short[i] = at(short, i) + weights.short * error;
    long[j] = at(long, j) + weights.long * error;
    surprise = off;
    if (++i === short.length) i = 0;
    if (++j === long.length) j = 0;
  }
  return { level, trend, short, long, surprise, loss };
}

function extend(state: Smoothed, { carry }: Weights, length: number, horizon: number): Float64Array {
  const mean = new Float64Array(horizon);
  let { level, trend, surprise } = state;
  for (let step = 0; step < horizon; step++) {
    trend *= DAMPING;
    level += trend;
    surprise *= carry;
    const t = length + step;
    mean[step] = level + at(state.short, t % state.short.length) + at(state.long, t % state.long.length) + surprise;
  }
  return mean;
}
