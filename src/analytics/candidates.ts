import type { Forecaster } from './forecaster.ts';
import { dampedTrend } from './forecasters/damped-trend.ts';
import { drift } from './forecasters/drift.ts';
import { naive } from './forecasters/naive.ts';
import { seasonalNaive } from './forecasters/seasonal-naive.ts';

/** The methods that compete for a forecast, the simpler first; `periods` in steps. */
export function candidateForecasters(periods: readonly number[]): Forecaster[] {
  return [naive, drift, ...periods.map(seasonalNaive), dampedTrend];
}
