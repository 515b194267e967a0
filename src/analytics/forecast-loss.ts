import { at } from './at.ts';
import type { ContenderLoss } from './dynamic-selection.ts';
import type { Interval } from './forecast.ts';

/** What was said of some steps: an expected value each, and intervals of them. */
export interface Prediction {
  readonly mean: Float64Array;
  readonly intervals: readonly Interval[];
}

/**
 * How far a prediction was from what came; null when no step is known, or when nothing can be measured by `scale`.
 *
 * - `mase`: the mean absolute error over `scale` (Hyndman & Koehler 2006).
 * - `quantileLoss`: twice the pinball loss, averaged over steps and quantiles as the weighted quantile loss of GluonTS
 *   (Alexandrov et al. 2020), over `scale` as the scaled pinball loss of the M5 competition (Makridakis et al. 2022):
 *   GluonTS divides by the sum of the actual values, which is 0 for an idle machine. The quantiles are the mean, taken as
 *   the one of 0.5, and both ends of each interval. Of the mean alone it would be the MASE.
 *
 * `actual`: a value a step in the series' unit, NaN = not known. `scale`: the mean absolute difference of successive values
 * in the history that the prediction was made from, >= 0; where it is 0, only a prediction without error has a loss, 0.
 */
export function measureForecast(actual: Float64Array, prediction: Prediction, scale: number): ContenderLoss | null {
  const { mean, intervals } = prediction;
  const mase = scaled(pinballLoss(actual, mean, 0.5), scale);
  if (mase === null) return null;
  const quantiles = intervals.flatMap(({ level, lower, upper }) => [
    { quantile: (1 - level) / 2, values: lower },
    { quantile: (1 + level) / 2, values: upper },
  ]);
  if (quantiles.length === 0) return { mase, quantileLoss: null };
  const losses = [{ quantile: 0.5, values: mean }, ...quantiles].map(({ quantile, values }) =>
    pinballLoss(actual, values, quantile),
  );
  return { mase, quantileLoss: scaled(losses.reduce((a, b) => a + b) / losses.length, scale) };
}

/** How many of the known steps lie inside of an interval, its ends included. */
export function countInside(actual: Float64Array, { lower, upper }: Interval): { inside: number; known: number } {
  const known = [...actual.keys()].filter((i) => !Number.isNaN(at(actual, i)));
  const inside = known.filter((i) => at(actual, i) >= at(lower, i) && at(actual, i) <= at(upper, i));
  return { inside: inside.length, known: known.length };
}

/** Twice the pinball loss of a quantile, averaged over the known steps: for 0.5 the mean absolute error. */
function pinballLoss(actual: Float64Array, predicted: Float64Array, quantile: number): number {
  let sum = 0;
  let known = 0;
  for (let i = 0; i < actual.length; i += 1) {
    const error = at(actual, i) - at(predicted, i);
    if (Number.isNaN(error)) continue;
    sum += 2 * Math.max(quantile * error, (quantile - 1) * error);
    known += 1;
  }
  return sum / known;
}

function scaled(loss: number, scale: number): number | null {
  if (loss === 0) return 0;
  const share = loss / scale;
  return Number.isFinite(share) ? share : null;
}
