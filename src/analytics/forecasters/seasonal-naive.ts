import { repeatCycle } from '../cycles.ts';
import type { Forecaster } from '../forecaster.ts';

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
