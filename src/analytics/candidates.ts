import type { Effort } from './effort.ts';
import type { Forecaster } from './forecaster.ts';
import { dampedTrend } from './forecasters/damped-trend.ts';
import { drift } from './forecasters/drift.ts';
import { inLogs } from './forecasters/in-logs.ts';
import { naive } from './forecasters/naive.ts';
import { recentMedian } from './forecasters/recent-median.ts';
import { seasonalMean } from './forecasters/seasonal-mean.ts';
import { levelSeasonalMedian, seasonalMedian } from './forecasters/seasonal-median.ts';
import { seasonalNaive } from './forecasters/seasonal-naive.ts';
import { seasonalSmoothing } from './forecasters/seasonal-smoothing.ts';
import { shapeRidge } from './forecasters/shape-ridge.ts';

/** What candidates are chosen by. */
export interface CandidateOptions {
  /** In steps, ascending. */
  readonly periods: readonly number[];
  /** Whether every value is above zero. */
  readonly positive: boolean;
  readonly effort: Effort;
}

/** The methods that compete for a forecast, the simpler first. */
export function candidateForecasters(o: CandidateOptions): Forecaster[] {
  return o.effort === 'fast' ? fastCandidates(o) : fullCandidates(o);
}

function fastCandidates({ periods, positive }: CandidateOptions): Forecaster[] {
  const [short, long] = shapeCycles(periods);
  return [
    naive,
    drift,
    recentMedian(12),
    ...periods.map(seasonalNaive),
    ...(short > 0 ? [levelSeasonalMedian(short, 5, short), seasonalMedian(short, 5)] : [recentMedian(48)]),
    ...(short > 0 ? [scaled(shapeRidge({ short, long }, 300), positive)] : []),
    dampedTrend,
  ];
}

function fullCandidates({ periods, positive }: CandidateOptions): Forecaster[] {
  const [short, long] = shapeCycles(periods);
  return [
    naive,
    drift,
    recentMedian(12),
    recentMedian(48),
    ...periods.map(seasonalNaive),
    ...periods.flatMap(seasonalMedians),
    ...(short > 0 ? [recentMedian(short), seasonalMean(short), ...shapeMethods(short, long, positive)] : []),
    dampedTrend,
  ];
}

function seasonalMedians(period: number): Forecaster[] {
  return [
    seasonalMedian(period, 3),
    seasonalMedian(period, 7),
    levelSeasonalMedian(period, 3, period),
    levelSeasonalMedian(period, 7, period),
    levelSeasonalMedian(period, 7, Math.max(3, period >> 3)),
  ];
}

function shapeMethods(short: number, long: number, positive: boolean): Forecaster[] {
  const smoothing = [seasonalSmoothing(short, 0), ...(long > 0 ? [seasonalSmoothing(short, long)] : [])];
  return [
    ...smoothing,
    ...(positive ? smoothing.map(inLogs) : []),
    shapeRidge({ short, long }, 2500),
    ...(positive ? [inLogs(shapeRidge({ short, long }, 2500))] : []),
  ];
}

function scaled(forecaster: Forecaster, positive: boolean): Forecaster {
  return positive ? inLogs(forecaster) : forecaster;
}

/** The longest period and the next shorter one, of which it is several: a week and a day. 0 = none. */
function shapeCycles(periods: readonly number[]): [short: number, long: number] {
  const longest = periods.at(-1) ?? 0;
  const next = periods.findLast((period) => 2 * period <= longest);
  return next === undefined ? [longest, 0] : [next, longest];
}
