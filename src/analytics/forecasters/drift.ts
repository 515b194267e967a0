import { firstFinite, lastFinite } from '../finite-ends.ts';
import type { Forecaster } from '../forecaster.ts';

/**
 * The straight line through the first and the last value, continued.
 * Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, section 5.2.
 */
export const drift: Forecaster = {
  name: 'drift',
  minPoints: 2,
  fit(history) {
    const first = firstFinite(history);
    const last = lastFinite(history);
    const slope = last.index > first.index ? (last.value - first.value) / (last.index - first.index) : 0;
    const elapsed = history.length - last.index;
    return {
      predict: (horizon) => Float64Array.from({ length: horizon }, (_, step) => last.value + slope * (elapsed + step)),
    };
  },
};
