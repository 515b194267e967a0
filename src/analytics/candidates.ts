import type { Effort } from './effort.ts';
import type { Forecaster } from './forecaster.ts';
import { card } from './forecasters/card.ts';
import { dampedTrend } from './forecasters/damped-trend.ts';
import { drift } from './forecasters/drift.ts';
import { logScale } from './forecasters/in-logs.ts';
import { mstl } from './forecasters/mstl.ts';
import { naive } from './forecasters/naive.ts';
import { recentMedian } from './forecasters/recent-median.ts';
import { seasonalAutoregression } from './forecasters/seasonal-autoregression.ts';
import { seasonalMean } from './forecasters/seasonal-mean.ts';
import { levelSeasonalMedian, seasonalMedian } from './forecasters/seasonal-median.ts';
import { seasonalNaive, youngSeasonalNaive } from './forecasters/seasonal-naive.ts';
import { seasonalSmoothing } from './forecasters/seasonal-smoothing.ts';
import { seasonalTrend } from './forecasters/seasonal-trend.ts';
import { shapeRidge } from './forecasters/shape-ridge.ts';
import { theta } from './forecasters/theta.ts';

/** A longer season costs a decomposition more than it tells. */
const LONGEST_DECOMPOSED = 500;

/** What candidates are chosen by. */
export interface CandidateOptions {
  /** In steps, ascending. */
  readonly periods: readonly number[];
  /** Of which the series has one cycle and a part of the next, in steps. */
  readonly young: readonly number[];
  /** Whether every value is above zero. */
  readonly positive: boolean;
  readonly effort: Effort;
}

/** The methods that compete for a forecast, the simpler first. */
export function candidateForecasters(o: CandidateOptions): Forecaster[] {
  return o.effort === 'fast' ? fastCandidates(o) : fullCandidates(o);
}

function fastCandidates({ periods, young, positive }: CandidateOptions): Forecaster[] {
  const [short, long] = shapeCycles(periods);
  return [
    naive,
    drift,
    recentMedian(12),
    ...periods.map(seasonalNaive),
    ...young.map((period) => youngSeasonalNaive(period, periods)),
    ...(short > 0 ? [levelSeasonalMedian(short, 5, short), seasonalMedian(short, 5)] : [recentMedian(48)]),
    ...(short > 0 ? [shapeRidge({ short, long }, 140)].map(positive ? logScale() : (plain) => plain) : []),
    ...(long > 0 ? [seasonalTrend(long)] : []),
    dampedTrend,
  ];
}

function fullCandidates({ periods, young, positive }: CandidateOptions): Forecaster[] {
  const [short, long] = shapeCycles(periods);
  return [
    naive,
    drift,
    recentMedian(12),
    recentMedian(48),
    ...periods.map(seasonalNaive),
    ...young.map((period) => youngSeasonalNaive(period, periods)),
    ...periods.flatMap((period) => seasonalMedians(period, period === long)),
    ...(short > 0 ? [recentMedian(short), seasonalMean(short), ...shapeMethods(short, long, positive)] : []),
    ...(long > 0 ? [seasonalTrend(long)] : []),
    dampedTrend,
  ];
}

/** Of the longer of two seasons few: the shorter one tells most of what they would. */
function seasonalMedians(period: number, isLong: boolean): Forecaster[] {
  const few = [seasonalMedian(period, 3), levelSeasonalMedian(period, 7, period)];
  if (isLong) return few;
  return [
    ...few,
    seasonalMedian(period, 7),
    levelSeasonalMedian(period, 3, period),
    levelSeasonalMedian(period, 7, Math.max(3, period >> 3)),
  ];
}

/** The methods that learn from squares or logarithms: of ratios where there are some, of differences else. */
function shapeMethods(short: number, long: number, positive: boolean): Forecaster[] {
  const periods = long > 0 ? [short, long] : [short];
  const rho = seasonalAutoregression(periods);
  const methods = [
    seasonalSmoothing(short, long),
    theta(short),
    mstl(periods.filter((period) => period === short || period <= LONGEST_DECOMPOSED)),
    rho,
    card(periods, rho),
    shapeRidge({ short, long }, 1200),
  ];
  return positive ? methods.map(logScale()) : methods;
}

/** The longest period and the next shorter one, of which it is several: a week and a day. 0 = none. */
function shapeCycles(periods: readonly number[]): [short: number, long: number] {
  const longest = periods.at(-1) ?? 0;
  const next = periods.findLast((period) => 2 * period <= longest);
  return next === undefined ? [longest, 0] : [next, longest];
}
