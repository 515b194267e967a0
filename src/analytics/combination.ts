import { at } from './at.ts';

/** How strongly a smaller error counts in the weighted median. */
const MEDIAN_POWER = 5;
/** Share of that median in the combination; the rest is the average. */
const MEDIAN_SHARE = 0.5;
/** Members of the ensemble, with repetition. */
const PICKS = 8;

/** What contenders predicted where the truth is known: predictions[contender][origin][step]. */
export interface Evidence {
  readonly predictions: readonly (readonly Float64Array[])[];
  /** The truth after each origin, NaN = missing. */
  readonly actuals: readonly Float64Array[];
}

/** How much each contender counts. */
export interface Combination {
  /** Shares of each contender in the average, which add up to 1. */
  readonly shares: Float64Array;
  /** Weights of each contender in the median. */
  readonly medianWeights: Float64Array;
}

/**
 * Chooses weights by what the contenders predicted before. The combination is half a median of all, weighted by their
 * errors, which outliers among them do not move, and half an average of the few that together had the least absolute
 * error: ensemble selection with repetition, Caruana et al., "Ensemble Selection from Libraries of Models" (2004).
 * `used`: the places of the origins that are learned from, all when left out.
 */
export function combine(evidence: Evidence, used: readonly number[] = [...evidence.actuals.keys()]): Combination {
  const candidates = evidence.predictions.map((ofContender) => flatten(ofContender, used));
  return {
    shares: selectEnsemble(candidates, flatten(evidence.actuals, used)),
    medianWeights: weighByError(evidence, used),
  };
}

export interface CombinedPrediction {
  readonly mean: Float64Array;
  /** How far the two halves of the combination lie from it, on either side. */
  readonly apart: Float64Array;
}

/** The combination of what each contender predicts. */
export function combinedPrediction(
  { shares, medianWeights }: Combination,
  predictions: readonly Float64Array[],
): CombinedPrediction {
  const middle = weightedMedian(predictions, medianWeights);
  const mean = middle.slice();
  predictions.forEach((prediction, contender) => {
    const share = (1 - MEDIAN_SHARE) * at(shares, contender);
    if (share === 0) return;
    // As distances from the median, so that contenders who agree are not changed by rounding.
    for (let step = 0; step < mean.length; step++) {
      mean[step] = at(mean, step) + share * (at(prediction, step) - at(middle, step));
    }
  });
  return { mean, apart: mean.map((value, step) => Math.abs(value - at(middle, step))) };
}

function weighByError({ predictions, actuals }: Evidence, used: readonly number[]): Float64Array {
  const errors = Float64Array.from(predictions, (ofContender) =>
    used.reduce((sum, origin) => sum + absoluteError(ofContender[origin], actuals[origin]), 0),
  );
  const least = errors.reduce((a, b) => Math.min(a, b));
  return errors.map((error) => (error > 0 ? (least / error) ** MEDIAN_POWER : 1));
}

function absoluteError(
  predicted: Float64Array = new Float64Array(),
  actual: Float64Array = new Float64Array(),
): number {
  let sum = 0;
  for (let step = 0; step < predicted.length; step++) {
    const error = at(predicted, step) - at(actual, step);
    if (!Number.isNaN(error)) sum += Math.abs(error);
  }
  return sum;
}

/** At each step the value that half of the weight lies below. */
function weightedMedian(predictions: readonly Float64Array[], weights: Float64Array): Float64Array {
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2;
  const values = new Float64Array(predictions.length);
  const order = predictions.map((_, contender) => contender);
  const [first = new Float64Array()] = predictions;
  return first.map((_, step) => {
    for (let i = 0; i < values.length; i++) values[i] = at(predictions[i] ?? first, step);
    sortBy(order, values);
    let below = 0;
    for (const contender of order) {
      below += at(weights, contender);
      if (below >= half) return at(values, contender);
    }
    return at(values, 0);
  });
}

/** Insertion sort: the order of the step before is nearly right. */
function sortBy(order: number[], values: Float64Array): void {
  for (let i = 1; i < order.length; i++) {
    const moved = order[i] ?? 0;
    const value = at(values, moved);
    let j = i - 1;
    for (; j >= 0 && at(values, order[j] ?? 0) > value; j--) order[j + 1] = order[j] ?? 0;
    order[j + 1] = moved;
  }
}

function selectEnsemble(candidates: readonly Float64Array[], actual: Float64Array): Float64Array {
  const shares = new Float64Array(candidates.length);
  const average = new Float64Array(actual.length);
  for (let pick = 1; pick <= PICKS; pick++) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    candidates.forEach((candidate, i) => {
      const error = errorWith(average, candidate, 1 / pick, actual);
      if (error >= least) return;
      best = i;
      least = error;
    });
    shares[best] = at(shares, best) + 1 / PICKS;
    const candidate = candidates[best] ?? average;
    for (let i = 0; i < average.length; i++) average[i] = at(average, i) + (at(candidate, i) - at(average, i)) / pick;
  }
  return shares;
}

/** The absolute error of an average into which a candidate comes with a share. */
function errorWith(average: Float64Array, candidate: Float64Array, share: number, actual: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < actual.length; i++) {
    const mean = at(average, i);
    const error = Math.abs(mean + (at(candidate, i) - mean) * share - at(actual, i));
    if (error >= 0) sum += error;
  }
  return sum;
}

/** The rows of the used origins as one. */
function flatten(rows: readonly Float64Array[], used: readonly number[]): Float64Array {
  const length = used.reduce((sum, origin) => sum + (rows[origin]?.length ?? 0), 0);
  const flat = new Float64Array(length);
  let offset = 0;
  for (const origin of used) {
    const row = rows[origin];
    if (!row) continue;
    flat.set(row, offset);
    offset += row.length;
  }
  return flat;
}
