import { at } from '../at.ts';
import { type Autoregression, fitAutoregression, fittedValue } from '../autoregression.ts';
import type { Forecaster } from '../forecaster.ts';
import { remembered } from '../remembered.ts';

/** The share of an error that the next step keeps is at most this: forecasts return to the season. */
const LARGEST_MEMORY = 0.99;

/**
 * An autoregression on the values one and two cycles ago of two periods, or one, two, three and seven cycles ago of a
 * single one, with an error that fades step by step. It follows whichever of the seasons carries a series, and a trend
 * by the difference of two cycles. `periods`: in steps, ascending, one or two; a lag that the history does not hold
 * twice is left out.
 * The seasonal part of Box & Jenkins, "Time Series Analysis" (1970), without moving averages, fitted robustly; a
 * forecast is kept within the range of the history, widened by as much on either side.
 */
export function seasonalAutoregression(periods: readonly number[]): Forecaster {
  const shortest = Math.min(...periods);
  return {
    name: `seasonal-ar(${periods.join(',')})`,
    minPoints: 2 * shortest + 1,
    fit: remembered((history) => {
      const fit = fitAutoregression(history, {
        lags: usableLags(seasonalLags(periods), history.length),
        halfLife: seasonalHalfLife(periods),
        period: 1,
      });
      return { predict: (horizon: number) => continueSeries(history, fit, horizon) };
    }),
  };
}

/** One and two cycles of each period; of one period alone three, and seven: a week, when the cycle is a day. */
export function seasonalLags(periods: readonly number[]): number[] {
  const cycles = periods.length > 1 ? [1, 2] : [1, 2, 3, 7];
  return periods.flatMap((period) => cycles.map((count) => count * period));
}

/** Steps after which a value counts half: fourteen of the shortest cycle, or two of the longest. */
export function seasonalHalfLife(periods: readonly number[]): number {
  return Math.max(14 * Math.min(...periods), 2 * Math.max(...periods));
}

/** Ascending, none twice, each less than half of `length`. */
export function usableLags(lags: readonly number[], length: number): number[] {
  return [...new Set(lags)].filter((lag) => 2 * lag < length).sort((a, b) => a - b);
}

/** The range of the values, on either side as much again: an autoregression that grows is stopped there. */
export function widenedRange(values: Float64Array): { lowest: number; highest: number } {
  const lowest = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const highest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return { lowest: 2 * lowest - highest, highest: 2 * highest - lowest };
}

function continueSeries(history: Float64Array, fit: Autoregression, horizon: number): Float64Array {
  const values = new Float64Array(history.length + horizon);
  values.set(history);
  const { lowest, highest } = widenedRange(history);
  const memory = memoryOf(fit.errors);
  let error = at(fit.errors, history.length - 1);
  for (let i = history.length; i < values.length; i++) {
    error *= memory;
    values[i] = Math.min(highest, Math.max(lowest, fittedValue(values, i, fit) + error));
  }
  return values.subarray(history.length);
}

/** Autocorrelation of the errors at one step, never negative. */
function memoryOf(errors: Float64Array): number {
  let product = 0;
  let square = 0;
  for (let i = 1; i < errors.length; i++) {
    product += at(errors, i) * at(errors, i - 1);
    square += at(errors, i - 1) ** 2;
  }
  return square > 0 ? Math.min(LARGEST_MEMORY, Math.max(0, product / square)) : 0;
}
