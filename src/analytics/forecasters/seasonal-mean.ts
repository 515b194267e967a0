import { at } from '../at.ts';
import { cyclesFromEnd, repeatCycle } from '../cycles.ts';
import type { Forecaster } from '../forecaster.ts';

/** Weight of a cycle relative to the one after it. */
const RECENCY = 0.7;
const CYCLES = 8;

/** The mean of each phase over the last cycles of `period` steps, the later ones weighing more, on the last cycle's level. */
export function seasonalMean(period: number): Forecaster {
  return {
    name: `seasonal-mean(${period})`,
    minPoints: 2 * period,
    fit(history) {
      const cycles = cyclesFromEnd(history, period, CYCLES);
      const profile = new Float64Array(period);
      let total = 0;
      cycles.forEach((cycle, age) => {
        const weight = RECENCY ** age;
        const level = mean(cycle);
        total += weight;
        for (let phase = 0; phase < period; phase++) {
          profile[phase] = at(profile, phase) + weight * (at(cycle, phase) - level);
        }
      });
      const level = mean(history.subarray(history.length - period));
      const cycle = profile.map((value) => level + value / total);
      return { predict: (horizon) => repeatCycle(cycle, horizon) };
    },
  };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
