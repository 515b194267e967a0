import type { Forecaster } from '../forecaster.ts';
import { median } from '../order-statistics.ts';

/** The median of the last `window` steps, repeated: what bursts do not move. */
export function recentMedian(window: number): Forecaster {
  return {
    name: `recent-median(${window})`,
    minPoints: window,
    fit(history) {
      const level = median(history.subarray(history.length - window));
      return { predict: (horizon) => new Float64Array(horizon).fill(level) };
    },
  };
}
