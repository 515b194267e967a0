import { repeatCycle } from '../cycles.ts';
import type { Forecaster } from '../forecaster.ts';
import { naive } from './naive.ts';

/**
 * The last cycle of `period` steps, repeated.
 * Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, section 5.2.
 */
export function seasonalNaive(period: number): Forecaster {
  return {
    name: `seasonal-naive(${period})`,
    minPoints: period,
    fit(history) {
      const cycle = history.slice(history.length - period);
      return { predict: (horizon) => repeatCycle(cycle, horizon) };
    },
  };
}

/**
 * The same for a season of which a series has one cycle and a part of the next: a history before the end of the first one
 * repeats the longest of the `shorter` seasons, ascending, that it has.
 */
export function youngSeasonalNaive(period: number, shorter: readonly number[]): Forecaster {
  const methods = [naive, ...[...shorter, period].map(seasonalNaive)];
  return {
    name: seasonalNaive(period).name,
    minPoints: shorter[0] ?? period,
    fit: (history) => (methods.findLast(({ minPoints }) => minPoints <= history.length) ?? naive).fit(history),
  };
}
