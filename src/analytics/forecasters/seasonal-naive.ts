import { at } from '../at.ts';
import { lastFinite } from '../finite-ends.ts';
import type { Forecaster } from '../forecaster.ts';

/**
 * The last cycle of `period` steps, repeated; a missing value is taken from the cycles before.
 * Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, section 5.2.
 */
export function seasonalNaive(period: number): Forecaster {
  return {
    name: `seasonal-naive(${period})`,
    minPoints: period,
    fit(history) {
      const cycle = lastCycle(history, period);
      return { predict: (horizon) => Float64Array.from({ length: horizon }, (_, step) => at(cycle, step % period)) };
    },
  };
}

/** The latest finite value of each phase, the phase of the first step after the history first. */
function lastCycle(history: Float64Array, period: number): Float64Array {
  const cycle = new Float64Array(period).fill(lastFinite(history).value);
  for (let phase = 0; phase < period; phase++) {
    for (let i = history.length - period + phase; i >= 0; i -= period) {
      const value = at(history, i);
      if (!Number.isFinite(value)) continue;
      cycle[phase] = value;
      break;
    }
  }
  return cycle;
}
