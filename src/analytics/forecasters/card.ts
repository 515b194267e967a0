import { at } from '../at.ts';
import { fitAutoregression } from '../autoregression.ts';
import type { Forecaster } from '../forecaster.ts';
import {
  seasonalAutoregression,
  seasonalHalfLife,
  seasonalLags,
  usableLags,
  widenedRange,
} from './seasonal-autoregression.ts';

/**
 * The calibrated autoregression of Card: {@link seasonalAutoregression} gives a first forecast; then a richer model, with
 * a centre for each phase of the shortest cycle, the last two values and each season with the step beside it, is fitted
 * to the history and that forecast together, and its fitted values are the answer. `periods` as there; `rho` is that
 * autoregression, where one for the same periods is there already.
 *
 * After Doornik, Castle & Hendry, "Card forecasts for M4" (2020). Simplified: of the two forecasts averaged there only
 * Rho, the autoregression, is made: Delta, growth from one cycle to the next, made the result worse. The lags are fixed,
 * unit roots are not tested for, and fitting is robust. Logarithms are left to the caller.
 */
export function card(periods: readonly number[], rho: Forecaster = seasonalAutoregression(periods)): Forecaster {
  return {
    name: `card(${periods.join(',')})`,
    minPoints: rho.minPoints,
    fit(history) {
      const first = rho.fit(history);
      return { predict: (horizon) => calibrate(history, first.predict(horizon), periods) };
    },
  };
}

/** The fitted values of a richer model over the steps of a forecast that it takes for observed. */
function calibrate(history: Float64Array, forecast: Float64Array, periods: readonly number[]): Float64Array {
  const extended = new Float64Array(history.length + forecast.length);
  extended.set(history);
  extended.set(forecast, history.length);
  const { errors } = fitAutoregression(extended, {
    lags: usableLags(calibrationLags(periods), history.length),
    halfLife: seasonalHalfLife(periods),
    period: Math.min(...periods),
  });
  const { lowest, highest } = widenedRange(history);
  return forecast.map((value, step) => Math.min(highest, Math.max(lowest, value - at(errors, history.length + step))));
}

function calibrationLags(periods: readonly number[]): number[] {
  return [1, 2, ...seasonalLags(periods), ...periods.map((period) => period + 1)];
}
