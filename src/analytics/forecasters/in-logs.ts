import type { Forecaster } from '../forecaster.ts';
import { remembered } from '../remembered.ts';

/** How far beyond the range of its history, in ranges, a forecast may go before it is taken back to the original scale. */
const MAX_RANGES = 3;

/**
 * Makes methods work on the logarithms of a positive history: what is a difference for them is a ratio for the series.
 * Those made by one call share the logarithms of a history.
 */
export function logScale(): (forecaster: Forecaster) => Forecaster {
  const logsOf = remembered((history: Float64Array) => history.map(Math.log));
  return (forecaster) => ({
    name: `log-${forecaster.name}`,
    minPoints: forecaster.minPoints,
    fit(history) {
      const logs = logsOf(history);
      const lowest = logs.reduce((a, b) => Math.min(a, b));
      const highest = logs.reduce((a, b) => Math.max(a, b));
      const reach = MAX_RANGES * (highest - lowest);
      const fitted = forecaster.fit(logs);
      return {
        predict: (horizon) =>
          fitted.predict(horizon).map((log) => Math.exp(Math.min(highest + reach, Math.max(lowest - reach, log)))),
      };
    },
  });
}
