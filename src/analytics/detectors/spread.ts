import { quantile } from '../../core/statistics.ts';
import { at } from '../at.ts';
import { median, sortedFinite } from '../order-statistics.ts';
import { centredMedian } from '../running-median.ts';
import { phaseStatistics } from '../seasonal-profile.ts';

/** Steps over which the spread is taken to be the same. */
const SPREAD_WINDOW = 1001;
/** The spread nowhere falls below this share of the whole series' spread, */
const MIN_SHARE_OF_SPREAD = 0.3;
/** nor below this share of the level, so that a flat series does not turn a crumb into an anomaly. */
const MIN_SHARE_OF_LEVEL = 0.002;
/** Share of changes from which on the smallest one tells how finely the metric is recorded. */
const MIN_SHARE_OF_CHANGES = 0.02;
/** Median absolute deviation to standard deviation, for normal values. */
const MAD_TO_SIGMA = 1.4826;
/** With fewer cycles than this, a phase also looks at the neighbours of its neighbours. */
const ENOUGH_CYCLES = 6;
/** The quantile that tells how heavy a tail is, and where it lies for normal values. */
const TAIL = { probability: 0.97, normal: 1.881 } as const;
const TAIL_BLOCKS = 10;
const MIN_BLOCK = 50;

/** Robust standard deviations at each step, all above 0. */
export interface Spread {
  readonly below: Float64Array;
  readonly above: Float64Array;
}

/**
 * How far values usually are from what was expected: the median absolute deviation around each step, or the
 * deviations in its phase of the cycle where those are clearly larger, so that a peak that comes at every cycle but neither at the same height nor at the
 * very same step is not odd; widened on a side whose tail is heavier than that of normal values.
 *
 * `values`: normalized; `residuals`: values minus expectation, NaN = missing; `period`: the longest, in steps, with at
 * least three cycles.
 */
export function estimateSpread(values: Float64Array, residuals: Float64Array, period?: number): Spread {
  const deviations = residuals.map(Math.abs);
  const cycles = period === undefined ? Number.POSITIVE_INFINITY : Math.floor(values.length / period);
  const local = centredMedian(deviations, SPREAD_WINDOW);
  const byPhase = period === undefined ? Float64Array.of(0) : phaseSpread(deviations, period, cycles);
  const floor = spreadFloor(values, deviations);
  const clearly = clearlyWider(cycles);
  const spread = local.map((deviation, i) => {
    const nearby = MAD_TO_SIGMA * deviation;
    const phase = at(byPhase, i % byPhase.length);
    return Math.max(floor, fewCycles(cycles) * (phase > clearly * nearby ? phase : nearby));
  });
  const standardized = residuals.map((residual, i) => residual / at(spread, i));
  const above = tailWeight(standardized);
  const below = tailWeight(standardized.map((z) => -z));
  return { below: spread.map((s) => s * below), above: spread.map((s) => s * above) };
}

/** A median of few cycles lies too close to each of them; the factor is from simulation with normal values. */
function fewCycles(cycles: number): number {
  return 1 + 1.5 / (cycles - 1.5);
}

/** How many times wider a phase must be than the steps around it: few cycles tell its width only roughly. */
function clearlyWider(cycles: number): number {
  return 1 + 5 / Math.sqrt(cycles);
}

/** Of each phase, with its neighbours': a high quantile that one odd cycle does not reach. */
function phaseSpread(deviations: Float64Array, period: number, cycles: number): Float64Array {
  const { probability, normal } = phaseQuantile(cycles);
  const own = phaseStatistics(deviations, period, (ofPhase) => quantile(sortedFinite(ofPhase), probability) / normal);
  const reach = cycles < ENOUGH_CYCLES ? 2 : 1;
  return own.map((_, phase) => {
    let widest = 0;
    for (let offset = -reach; offset <= reach; offset++) {
      widest = Math.max(widest, at(own, (phase + offset + period * reach) % period));
    }
    return widest;
  });
}

/** The second largest of up to six cycles, then the 80 % quantile; where each lies for absolute normal values. */
function phaseQuantile(cycles: number): { probability: number; normal: number } {
  if (cycles <= 3) return { probability: 1 / 2, normal: 0.674 };
  if (cycles === 4) return { probability: 2 / 3, normal: 0.967 };
  if (cycles === 5) return { probability: 3 / 4, normal: 1.15 };
  return { probability: 4 / 5, normal: 1.282 };
}

/** 1 for a normal upper tail, more for a heavier one: the median over blocks, so that one long anomaly does not count. */
function tailWeight(standardized: Float64Array): number {
  const n = standardized.length;
  const blocks = Math.max(1, Math.min(TAIL_BLOCKS, Math.floor(n / MIN_BLOCK)));
  const tails = Float64Array.from({ length: blocks }, (_, block) => {
    const part = standardized.subarray(Math.floor((block * n) / blocks), Math.floor(((block + 1) * n) / blocks));
    return quantile(sortedFinite(part), TAIL.probability);
  });
  return Math.max(1, median(tails) / TAIL.normal);
}

function spreadFloor(values: Float64Array, deviations: Float64Array): number {
  return Math.max(
    MIN_SHARE_OF_SPREAD * MAD_TO_SIGMA * median(deviations),
    MIN_SHARE_OF_LEVEL * Math.abs(median(values)),
    quantum(values),
    Number.EPSILON,
  );
}

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
