import { at } from './at.ts';
import { median } from './order-statistics.ts';
import { solveSymmetric } from './solve-symmetric.ts';

/** Rounds of reweighting, and the multiple of the median error from which an error counts no more than linearly. */
const ROUNDS = 4;
const TUNING = 0.7;
/** Share of the mean square that is added to each square, so that lags which say the same share their weight. */
const RIDGE = 1e-4;
/** The centre of a phase is drawn to the common one as by this many more values of it. */
const COMMON_VALUES = 5;

export interface AutoregressionOptions {
  /** Steps back, ascending, each less than half of the length; one or more. */
  readonly lags: readonly number[];
  /** Steps after which a value counts half in the fit. */
  readonly halfLife: number;
  /** Each phase of a cycle of so many steps gets a centre of its own; 1 = one for all. */
  readonly period: number;
}

/** A value is its centre plus the weighted distances of the lagged values from theirs, plus an error. */
export interface Autoregression {
  readonly lags: readonly number[];
  readonly weights: Float64Array;
  /** By phase, that of index 0 first. */
  readonly centres: Float64Array;
  /** Actual minus fitted, 0 for the steps before the longest lag. */
  readonly errors: Float64Array;
}

/**
 * Fits by iteratively reweighted least squares, near to least absolute errors: bursts neither bend the weights nor
 * raise the centre. `values`: all finite. Cost: length * lags squared.
 * Huber, "Robust Estimation of a Location Parameter" (1964); Holland & Welsch, "Robust Regression Using Iteratively
 * Reweighted Least-Squares" (1977).
 */
export function fitAutoregression(values: Float64Array, options: AutoregressionOptions): Autoregression {
  const { lags, halfLife, period } = options;
  const first = lags.at(-1) ?? 0;
  const recency = values.map((_, i) => (i < first ? 0 : 2 ** ((i - values.length) / halfLife)));
  let fit = fitWeighted(values, lags, period, recency);
  for (let round = 0; round < ROUNDS; round++) {
    const limit = TUNING * median(fit.errors.subarray(first).map(Math.abs));
    const { errors } = fit;
    const importance = recency.map((weight, i) => {
      const error = Math.abs(at(errors, i));
      return error > limit ? (weight * limit) / error : weight;
    });
    fit = fitWeighted(values, lags, period, importance);
  }
  return fit;
}

/** What the values before step `i`, which may be the one after the last, make it. */
export function fittedValue(values: Float64Array, i: number, { lags, weights, centres }: Autoregression): number {
  const period = centres.length;
  let sum = at(centres, i % period);
  for (let k = 0; k < weights.length; k++) {
    const lagged = i - (lags[k] ?? 0);
    sum += at(weights, k) * (at(values, lagged) - at(centres, lagged % period));
  }
  return sum;
}

function fitWeighted(
  values: Float64Array,
  lags: readonly number[],
  period: number,
  importance: Float64Array,
): Autoregression {
  const centres = phaseCentres(values, period, importance);
  const centred = values.map((value, i) => value - at(centres, i % period));
  const { squares, products } = crossProducts(centred, lags, importance);
  const weights = solveSymmetric(squares, products);
  const first = lags.at(-1) ?? 0;
  const fit = { lags, weights, centres };
  const errors = new Float64Array(values.length);
  for (let i = first; i < values.length; i++) {
    let error = at(centred, i);
    for (let k = 0; k < weights.length; k++) error -= at(weights, k) * at(centred, i - (lags[k] ?? 0));
    errors[i] = error;
  }
  return { ...fit, errors };
}

function phaseCentres(values: Float64Array, period: number, importance: Float64Array): Float64Array {
  const sums = new Float64Array(period);
  const totals = new Float64Array(period);
  for (let i = 0; i < values.length; i++) {
    sums[i % period] = at(sums, i % period) + at(importance, i) * at(values, i);
    totals[i % period] = at(totals, i % period) + at(importance, i);
  }
  const total = sum(totals);
  const common = total > 0 ? sum(sums) / total : 0;
  return sums.map((value, phase) => (value + COMMON_VALUES * common) / (at(totals, phase) + COMMON_VALUES));
}

/** The lower triangle of the squares of the lagged values, with the ridge, and their products with the values. */
function crossProducts(centred: Float64Array, lags: readonly number[], importance: Float64Array) {
  const size = lags.length;
  const squares = new Float64Array(size * size);
  const products = new Float64Array(size);
  const row = new Float64Array(size);
  for (let i = lags.at(-1) ?? 0; i < centred.length; i++) {
    const weight = at(importance, i);
    for (let k = 0; k < size; k++) row[k] = at(centred, i - (lags[k] ?? 0));
    for (let k = 0; k < size; k++) {
      const weighted = weight * at(row, k);
      products[k] = at(products, k) + weighted * at(centred, i);
      for (let l = 0; l <= k; l++) squares[k * size + l] = at(squares, k * size + l) + weighted * at(row, l);
    }
  }
  let trace = 0;
  for (let k = 0; k < size; k++) trace += at(squares, k * size + k);
  for (let k = 0; k < size; k++) squares[k * size + k] = at(squares, k * size + k) + (RIDGE * trace) / size;
  return { squares, products };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
