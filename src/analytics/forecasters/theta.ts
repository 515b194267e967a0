import { at } from '../at.ts';
import { smoothExponentially } from '../exponential-smoothing.ts';
import type { Forecaster } from '../forecaster.ts';

/** A season is the mean of no more cycles than these, the latest: it changes as the load does. */
const CYCLES = 7;

/**
 * The Theta method on a series whose season of `period` steps was taken off by classical decomposition: exponential
 * smoothing, with half the slope of the line through all of the series as drift. The season is additive; on logarithms
 * it is a factor. Smoothing is fitted two cycles ahead instead of one step.
 * Assimakopoulos & Nikolopoulos, "The theta model" (2000), in the form of Hyndman & Billah, "Unmasking the Theta method"
 * (2003).
 */
export function theta(period: number): Forecaster {
  return {
    name: `theta(${period})`,
    minPoints: 2 * period,
    fit(history) {
      const season = classicalSeason(history, period);
      const adjusted = history.map((value, i) => value - at(season, i % period));
      const { level, alpha } = smoothExponentially(adjusted, 2 * period, false);
      const drift = slope(adjusted) / 2;
      // Smoothing lags behind a line by (1 - alpha) / alpha steps, less at the start of the series.
      const lag = (1 - (1 - alpha) ** history.length) / alpha;
      return {
        predict: (horizon) =>
          Float64Array.from(
            { length: horizon },
            (_, step) => level + drift * (lag + step) + at(season, (history.length + step) % period),
          ),
      };
    },
  };
}

/** Mean difference of each phase (index 0 first) from the centred moving mean of a cycle, the whole without a mean. */
function classicalSeason(values: Float64Array, period: number): Float64Array {
  const season = new Float64Array(period);
  const half = period >> 1;
  const last = values.length - half - 1;
  const cycles = Math.min(CYCLES, Math.floor((last + 1 - half) / period));
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += at(values, i) - (i < period ? 0 : at(values, i - period));
    const centre = i - half;
    if (centre <= last - cycles * period || centre < half) continue;
    // An even cycle has no middle: its two outermost steps, a cycle apart, count half each.
    const mean = (sum + (period % 2 === 0 ? (at(values, i - period) - at(values, i)) / 2 : 0)) / period;
    season[centre % period] = at(season, centre % period) + (at(values, centre) - mean) / cycles;
  }
  const mean = season.reduce((total, value) => total + value, 0) / period;
  return season.map((value) => value - mean);
}

/** Of the least-squares line, a step. */
function slope(values: Float64Array): number {
  const centre = (values.length - 1) / 2;
  let covariance = 0;
  let spread = 0;
  for (let i = 0; i < values.length; i++) {
    covariance += (i - centre) * at(values, i);
    spread += (i - centre) ** 2;
  }
  return spread > 0 ? covariance / spread : 0;
}
