import { at } from '../at.ts';
import { repeatCycle } from '../cycles.ts';
import type { Forecaster } from '../forecaster.ts';
import { median } from '../order-statistics.ts';

/** Cycles that are learned from. */
const CYCLES = 5;

/**
 * A season on a straight line: the last five cycles differ by as much as the last one from the first, by the median of all
 * phases, and a phase is as in their mean, each moved along the line. Sees a Monday on a level that grows, which methods
 * that take the level from the last days do not. The slope is a simpler one of Hirsch, Slack & Smith, "Techniques of Trend
 * Analysis for Monthly Water Quality Data" (1982).
 */
export function seasonalTrend(period: number): Forecaster {
  return {
    name: `seasonal-trend(${period})`,
    minPoints: 2 * period,
    fit(history) {
      const cycles = Math.min(CYCLES, Math.floor(history.length / period));
      const recent = history.subarray(history.length - cycles * period);
      const latest = recent.subarray((cycles - 1) * period);
      const growth = median(latest.map((value, phase) => value - at(recent, phase))) / (cycles - 1);
      // From the middle of the cycles to the next one.
      const ahead = (growth * (cycles + 1)) / 2;
      const next = latest.map((_, phase) => {
        let sum = 0;
        for (let i = phase; i < recent.length; i += period) sum += at(recent, i);
        return sum / cycles + ahead;
      });
      return {
        predict: (horizon) =>
          repeatCycle(next, horizon).map((value, step) => value + Math.floor(step / period) * growth),
      };
    },
  };
}
