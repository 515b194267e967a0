import { at } from '../at.ts';
import { cyclesFromEnd, repeatCycle } from '../cycles.ts';
import type { Forecaster } from '../forecaster.ts';
import { median } from '../order-statistics.ts';

/** The median of each phase over the last `cycles` cycles of `period` steps, repeated: the usual day, without its bursts. */
export function seasonalMedian(period: number, cycles: number): Forecaster {
  return {
    name: `seasonal-median(${period}x${cycles})`,
    minPoints: 2 * period,
    fit(history) {
      const profile = medianOfPhases(cyclesFromEnd(history, period, cycles));
      return { predict: (horizon) => repeatCycle(profile, horizon) };
    },
  };
}

/**
 * As {@link seasonalMedian}, but of the distances from each cycle's own median, on top of the median of the last
 * `recent` steps: a shape that lasts over a level that moves.
 */
export function levelSeasonalMedian(period: number, cycles: number, recent: number): Forecaster {
  return {
    name: `level-seasonal-median(${period}x${cycles},${recent})`,
    minPoints: Math.max(2 * period, recent),
    fit(history) {
      const shape = medianOfPhases(cyclesFromEnd(history, period, cycles).map(centred));
      const level = median(history.subarray(history.length - recent));
      const profile = shape.map((value) => value + level);
      return { predict: (horizon) => repeatCycle(profile, horizon) };
    },
  };
}

function centred(cycle: Float64Array): Float64Array {
  const level = median(cycle);
  return cycle.map((value) => value - level);
}

function medianOfPhases(cycles: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array()] = cycles;
  const ofPhase = new Float64Array(cycles.length);
  return first.map((_, phase) => {
    for (let i = 0; i < cycles.length; i++) ofPhase[i] = at(cycles[i] ?? first, phase);
    return median(ofPhase);
  });
}
