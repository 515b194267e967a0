import { at } from '../at.ts';
import type { Forecaster } from '../forecaster.ts';
import { median } from '../order-statistics.ts';

/** Cycles that are learned from. */
const CYCLES = 5;

/**
 * A season on a straight line: the growth of a cycle is the median of how far values one cycle apart differ, and a phase is
 * as in the mean of the last five cycles, each moved along the line. Sees a Monday on a level that grows, which methods that
 * take the level from the last days do not.
 * Hirsch, Slack & Smith, "Techniques of Trend Analysis for Monthly Water Quality Data" (1982), for the slope.
 */
export function seasonalTrend(period: number): Forecaster {
  return {
    name: `seasonal-trend(${period})`,
    minPoints: 2 * period,
    fit(history) {
      const cycles = Math.min(CYCLES, Math.floor(history.length / period));
      const recent = history.subarray(history.length - cycles * period);
      const growth = median(recent.subarray(period).map((value, i) => value - at(recent, i)));
      const next = Float64Array.from({ length: period }, (_, phase) => {
        let sum = 0;
        for (let cycle = 0; cycle < cycles; cycle++) {
          sum += at(recent, cycle * period + phase) + (cycles - cycle) * growth;
        }
        return sum / cycles;
      });
      return {
        predict: (horizon) =>
          Float64Array.from({ length: horizon }, (_, step) => {
            const later = Math.floor(step / period);
            return at(next, step - later * period) + later * growth;
          }),
      };
    },
  };
}
