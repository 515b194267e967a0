import { at } from '../at.ts';
import type { Forecaster } from '../forecaster.ts';

/**
 * The straight line through the first and the last value, continued.
 * Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, section 5.2.
 */
export const drift: Forecaster = {
  name: 'drift',
  minPoints: 2,
  fit(history) {
    const last = at(history, history.length - 1);
    const slope = (last - at(history, 0)) / (history.length - 1);
    return { predict: (horizon) => Float64Array.from({ length: horizon }, (_, step) => last + slope * (step + 1)) };
  },
};
