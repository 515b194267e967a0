import { at } from './at.ts';
import { type ErrorBand, type ErrorModel, errorBand, fitErrorModel } from './error-model.ts';
import { areApart, type BacktestPlan, distinctWindows } from './rolling-origin.ts';
import { smallSampleWidening } from './small-sample-widening.ts';

/** Errors of origins that are alike count as few: never as fewer than this. */
const MIN_SAMPLES = 3;
/** Share of the errors that a level leaves outside which stay outside when few samples ask for a higher quantile. */
const MIN_OUTSIDE = 1 / 2;
/** How far the calibration on origins left out may narrow or widen a band, at most. */
const NARROWEST = 0.5;
const WIDEST = 2;
/** Windows that differ: so few of them widen a band by all of Student's t, so many not at all. */
const FEW_WINDOWS = 3;
const ENOUGH_WINDOWS = 6;
/** Bands within this share of each other are the same one. */
const SAME = 1e-4;

/** Bands around a forecast, learned from the residuals of its backtest. */
export interface PredictionBands {
  /** The band that holds the share `level` (0..1) of the errors, for `horizon` steps. */
  band(level: number, horizon: number): ErrorBand;
  /** The share of residuals inside, each origin judged by widths of those whose steps are not its own; NaN without any. */
  heldOutCoverage(level: number): number;
}

/**
 * Conformal bands (Vovk et al. 2005; cross-conformal as Barber et al., "Predictive inference with the jackknife+", 2021).
 * The shape of a band comes from an error model of all origins; its width from how far bands of the other origins had to
 * be widened to hold each origin's residuals: their quantile at `level`, corrected for the number of samples that the
 * residuals are worth, as those of one origin resemble each other. `residuals`: an array per origin, NaN = unknown;
 * `held`: distances from each of its forecasts that an interval holds whatever the band is.
 */
export function fitPredictionBands(
  residuals: readonly Float64Array[],
  plan: BacktestPlan,
  held: readonly Float64Array[] = [],
): PredictionBands {
  const { horizon } = plan;
  const model = fitErrorModel(residuals, horizon);
  const others = residuals.map((_, left) =>
    fitErrorModel(
      residuals.filter((_, origin) => origin !== left),
      horizon,
    ),
  );
  const samples = Math.max(MIN_SAMPLES, effectiveSamples(residuals, model));
  const widening = wideningFor(plan, samples);
  const known = new Map<number, Scores>();
  const scoresOf = (level: number) => {
    const found = known.get(level) ?? sortScores(residuals, held, (origin) => bandOf(others[origin], level, horizon));
    known.set(level, found);
    return found;
  };

  return {
    band(level, steps) {
      const width = calibratedWidth(scoresOf(level).all, level, samples) * widening(level);
      const { below, above } = errorBand(model, level, steps);
      return { below: below.map((distance) => distance * width), above: above.map((distance) => distance * width) };
    },
    heldOutCoverage(level) {
      const { all, byOrigin } = scoresOf(level);
      let inside = 0;
      let count = 0;
      byOrigin.forEach((ofOrigin, left) => {
        const overlapping = byOrigin.filter((_, origin) => !areApart(plan, origin, left));
        const rest = overlapping.reduce(without, all);
        if (rest.length === 0) return;
        const width = calibratedWidth(rest, level, samples) * widening(level);
        for (const score of ofOrigin) if (score <= width) inside++;
        count += ofOrigin.length;
      });
      return inside / count;
    },
  };
}

function bandOf(model: ErrorModel | undefined, level: number, horizon: number): ErrorBand {
  return errorBand(model ?? { sizes: new Float64Array(horizon), shape: new Float64Array() }, level, horizon);
}

/** Ascending. */
interface Scores {
  readonly all: Float64Array;
  readonly byOrigin: readonly Float64Array[];
}

function sortScores(
  residuals: readonly Float64Array[],
  held: readonly Float64Array[],
  bandFor: (origin: number) => ErrorBand,
): Scores {
  const byOrigin = residuals.map((row, origin) => scores(row, bandFor(origin), held[origin]).sort());
  return { all: concatenate(byOrigin).sort(), byOrigin };
}

/** What is left of `sorted` without the values of `some`, which are ascending and among them. */
function without(sorted: Float64Array, some: Float64Array): Float64Array {
  const rest = new Float64Array(sorted.length - some.length);
  let skipped = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (skipped < some.length && at(sorted, i) === at(some, skipped)) skipped++;
    else rest[i - skipped] = at(sorted, i);
  }
  return rest;
}

/** How many times a band must be widened to hold each known residual: not at all where it is within what is `held` anyway. */
function scores(row: Float64Array, { below, above }: ErrorBand, held?: Float64Array): Float64Array {
  const found = new Float64Array(row.length);
  let count = 0;
  for (let step = 0; step < row.length; step++) {
    const residual = at(row, step);
    if (Number.isNaN(residual)) continue;
    const width = residual >= 0 ? at(above, step) : -at(below, step);
    found[count++] =
      residual === 0 || Math.abs(residual) <= (held?.[step] ?? 0)
        ? 0
        : width > 0
          ? Math.abs(residual) / width
          : Number.MAX_VALUE;
  }
  return found.subarray(0, count);
}

/** `sorted`: scores, ascending. */
function calibratedWidth(sorted: Float64Array, level: number, samples: number): number {
  if (sorted.length === 0) return 1;
  const corrected = Math.min(1 - MIN_OUTSIDE * (1 - level), (level * (samples + 1)) / samples);
  const width = nearestWidth(sorted, corrected, level);
  return Math.min(WIDEST, Math.max(NARROWEST, width));
}

/** By Student's t, as far as the windows of the backtest overlap to a few that differ: a short series has not shown all. */
function wideningFor(plan: BacktestPlan, samples: number): (level: number) => number {
  const windows = distinctWindows(plan);
  const share = Math.min(1, Math.max(0, (ENOUGH_WINDOWS - windows) / (ENOUGH_WINDOWS - FEW_WINDOWS)));
  return (level) => smallSampleWidening(level, samples) ** share;
}

/**
 * The score that the share `corrected` of the scores does not exceed. Where many are equal, as of values that repeat, it
 * lies just above or just below them, whichever holds a share nearer to `level`.
 */
function nearestWidth(sorted: Float64Array, corrected: number, level: number): number {
  const wanted = Math.max(0, Math.ceil(corrected * sorted.length) - 1);
  const width = at(sorted, wanted);
  let first = wanted;
  let end = wanted + 1;
  while (first > 0 && at(sorted, first - 1) >= width * (1 - SAME)) first--;
  while (end < sorted.length && at(sorted, end) <= width * (1 + SAME)) end++;
  const belowIsNearer = Math.abs(first / sorted.length - level) < Math.abs(end / sorted.length - level);
  return end - first > 1 && belowIsNearer ? width * (1 - 2 * SAME) : width * (1 + SAME);
}

function concatenate(rows: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(rows.reduce((sum, row) => sum + row.length, 0));
  let offset = 0;
  for (const row of rows) {
    all.set(row, offset);
    offset += row.length;
  }
  return all;
}

/**
 * How many independent errors the residuals are worth: their number over the design effect of clusters (Kish 1965), by
 * the intraclass correlation of the scaled residuals or of their sizes, whichever is higher.
 */
function effectiveSamples(residuals: readonly Float64Array[], { sizes }: ErrorModel): number {
  const rows = residuals.map((row) =>
    row
      .map((residual, step) => (at(sizes, step) > 0 ? residual / at(sizes, step) : residual * 0))
      .filter(Number.isFinite),
  );
  const count = rows.reduce((sum, row) => sum + row.length, 0);
  const perOrigin = count / rows.length;
  const alike = Math.max(intraclassCorrelation(rows), intraclassCorrelation(rows.map((row) => row.map(Math.abs))));
  return count / (1 + (perOrigin - 1) * alike);
}

/** Share of the variance that lies between rows, 0..1 (one-way analysis of variance, Fisher 1925). */
function intraclassCorrelation(rows: readonly Float64Array[]): number {
  const all = concatenate(rows);
  const perRow = all.length / rows.length;
  const overall = mean(all);
  let between = 0;
  let within = 0;
  for (const row of rows) {
    if (row.length === 0) continue;
    const ofRow = mean(row);
    between += row.length * (ofRow - overall) ** 2;
    for (const value of row) within += (value - ofRow) ** 2;
  }
  const meanBetween = between / (rows.length - 1);
  const meanWithin = within / Math.max(1, all.length - rows.length);
  const total = meanBetween + (perRow - 1) * meanWithin;
  return total > 0 ? Math.max(0, (meanBetween - meanWithin) / total) : 0;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
