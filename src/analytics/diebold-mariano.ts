import { at } from './at.ts';
import { studentTail } from './student-t.ts';

/**
 * The probability of loss differences with such a mean or a greater one if both methods were equally good, 0..1: small =
 * the method whose losses were subtracted is better. One-sided; 1 for fewer than two differences.
 *
 * `differences`: loss of the one method minus that of the other, a number for each forecast in the order of time, of
 * forecasts that do not overlap. Diebold & Mariano, "Comparing predictive accuracy" (1995), with the correction for small
 * samples and Student's t of Harvey, Leybourne & Newbold (1997). Forecasts that do not overlap may still err alike while a
 * machine is in an unusual state, so the variance holds autocovariances up to the cube root of their number, with the
 * weights of Bartlett that keep it positive (Newey & West 1987), which the rectangle of the original test does not
 * (Harvey, Leybourne & Whitehouse 2017).
 */
export function equalAccuracyProbability(differences: Float64Array): number {
  const n = differences.length;
  if (n < 2) return 1;
  const mean = differences.reduce((sum, one) => sum + one, 0) / n;
  if (mean <= 0) return 1;
  const lags = Math.floor(Math.cbrt(n));
  const variance = longRunVariance(differences, mean, lags) / n;
  const correction = Math.sqrt((n + 1 - 2 * (lags + 1) + (lags * (lags + 1)) / n) / n);
  return studentTail((correction * mean) / Math.sqrt(variance), n - 1);
}

function longRunVariance(values: Float64Array, mean: number, lags: number): number {
  const covariance = (lag: number) => {
    let sum = 0;
    for (let i = lag; i < values.length; i += 1) sum += (at(values, i) - mean) * (at(values, i - lag) - mean);
    return sum / values.length;
  };
  let variance = covariance(0);
  for (let lag = 1; lag <= lags; lag += 1) variance += 2 * (1 - lag / (lags + 1)) * covariance(lag);
  return variance;
}
