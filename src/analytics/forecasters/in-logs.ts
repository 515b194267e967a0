import type { Forecaster } from '../forecaster.ts';
import { remembered } from '../remembered.ts';

/** How far beyond the range of its history, in ranges, a forecast may go before it is taken back to the original scale. */
const MAX_RANGES = 3;
const BYTES = Float64Array.BYTES_PER_ELEMENT;

/**
 * Makes methods work on the logarithms of a positive history: what is a difference for them is a ratio for the series.
 * Those made by one call share the logarithms, also of a history that is the start of another one.
 */
export function logScale(): (forecaster: Forecaster) => Forecaster {
  const allLogs = remembered((all: ArrayBufferLike) =>
    new Float64Array(all, 0, Math.floor(all.byteLength / BYTES)).map(Math.log),
  );
  const logsOf = remembered((history: Float64Array) =>
    allLogs(history.buffer).subarray(history.byteOffset / BYTES, history.byteOffset / BYTES + history.length),
  );
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
