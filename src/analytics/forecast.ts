import { formatDuration } from '../core/time.ts';
import { at } from './at.ts';
import type { ErrorBand } from './error-model.ts';
import {
  baselineOf,
  type Coverage,
  DEFAULT_LEVELS,
  type Evaluation,
  evaluateCandidates,
  scaledError,
  type Tested,
} from './evaluation.ts';
import { naive } from './forecasters/naive.ts';
import { type History, type HistoryOptions, prepareHistory } from './history.ts';
import type { LevelShift } from './level-shifts.ts';
import { backtestedMembers, FORECAST_OPTIONS, type MemberPrediction, requireMembers } from './members.ts';
import { denormalize } from './normalize.ts';
import { fitPredictionBands, type PredictionBands } from './prediction-bands.ts';
import { MIN_BACKTEST_POINTS } from './rolling-origin.ts';
import { shortHistoryBand } from './short-history.ts';
import { type Bounds, requireBounds, requireKnown, requireLevels, requireStart, requireText } from './validate.ts';

export interface ForecastOptions extends HistoryOptions {
  /** Time of the first value in milliseconds since the epoch. No method so far depends on it. */
  readonly startMs?: number | undefined;
  /** Nominal coverages of the intervals, each above 0 and below 1; 0.8 and 0.95 when left out. */
  readonly levels?: readonly number[] | undefined;
  /** Limits of the metric in its unit; mean and intervals stay inside. */
  readonly bounds?: Bounds | undefined;
  /** Predictions of methods outside of the library, which take part in the comparison and the combination. */
  readonly members?: readonly MemberPrediction[] | undefined;
  /** The contender to answer with, by its name, instead of the one that the backtest prefers; ignored when it is none. */
  readonly prefer?: string | undefined;
}

const OPTIONS = FORECAST_OPTIONS satisfies readonly (keyof ForecastOptions)[];

export interface Interval {
  /** Nominal coverage, above 0 and below 1. */
  readonly level: number;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface BacktestSummary {
  /**
   * Mean absolute error of the chosen method over the mean absolute difference of values one cycle of the shortest season
   * found apart, or of successive values without one (MASE, Hyndman & Koehler 2006), >= 0.
   */
  readonly mase: number;
  /**
   * One for each level: the share of actual values inside, on origins whose steps the width was not learned from; NaN when
   * all of them have steps in common, as those of a short series.
   */
  readonly coverage: readonly Coverage[];
  /** The same error of the naive method. */
  readonly baselineMase: number;
  /** Which that is: the seasonal one of the shortest season found, or the last value repeated. */
  readonly baseline: string;
  /** What errors were divided by, in the series' unit. */
  readonly scale: number;
  /** Number of origins that were forecast from. */
  readonly n: number;
}

/** One of the methods that were compared. */
export interface Contender {
  /** As `Forecast.model`. */
  readonly model: string;
  /** Its own prediction of the same steps, as `Forecast.mean`. */
  readonly mean: Float64Array;
  /** Its error in the backtest, as `BacktestSummary.mase`. */
  readonly mase: number;
}

export interface Forecast {
  /** The expected value of each of the `horizon` steps after the series, in its unit; all finite. */
  readonly mean: Float64Array;
  /** One for each level, in the order asked for; `lower[i] <= mean[i] <= upper[i]`, all finite. */
  readonly intervals: readonly Interval[];
  /** The method that was chosen, e.g. `seasonal-naive(24)`. */
  readonly model: string;
  /** Seasonal periods that were found or told, in steps, ascending. */
  readonly periods: readonly number[];
  /** Lasting shifts of the level that were found and taken out before fitting, such as a resize; in the series' unit. */
  readonly shifts: readonly LevelShift[];
  /** What a reader should know before relying on it, in sentences. */
  readonly warnings: readonly string[];
  /** The measured error on the series' own past; null when it is too short for one. */
  readonly backtest: BacktestSummary | null;
  /** Every method that was compared, the baseline (repeating the last value) first; empty without a backtest. */
  readonly contenders: readonly Contender[];
}

/**
 * Forecasts the `horizon` steps after a regular series by a combination of many methods, weighted by their error on the
 * series' own past (rolling-origin backtest), with conformal intervals of the errors that the combination made there.
 *
 * `values`: at most 200,000 steps, NaN or infinite = missing, any unit and magnitude. Linear in the length but for the
 * search of periods (n log n). The unit does not matter: values times a power of two give the forecast times it.
 * Throws `invalid_argument` when no value is finite or an option is out of range.
 */
export function forecast(values: Float64Array, o: ForecastOptions): Forecast {
  requireKnown(o, OPTIONS);
  const { levels = DEFAULT_LEVELS } = o;
  requireLevels(levels);
  requireStart(o.startMs);
  requireBounds(o.bounds);
  requireMembers(o.members);
  requireText('prefer', o.prefer);
  const history = prepareHistory(values, o);
  const steps = history.gap + o.horizon;
  const evaluation = evaluateCandidates(
    history,
    steps,
    o.effort ?? 'full',
    backtestedMembers(o.members ?? [], history, o.horizon),
  );
  const chosen = evaluation && choose(evaluation, o.prefer);
  const toCaller = callerUnit(history, o.bounds ?? {});
  const otherwise = history.otherwise ?? { lowest: Number.NaN, highest: Number.NaN, leastLevel: 1 };
  const mean = chosen ? chosen.predict() : naive.fit(history.values).predict(steps);
  const bands = chosen && fitPredictionBands(chosen.residuals, evaluation.plan, chosen.apart?.past);
  const apart = chosen?.apart?.next() ?? new Float64Array(steps);
  const bandOf = (level: number) =>
    widened(bands ? bands.band(level, steps) : shortHistoryBand(history.values, level, steps), apart);
  return {
    mean: toCaller(mean),
    intervals: nested(levels, bandOf).map(({ level, below, above }) => ({
      level,
      lower: toCaller(
        add(mean, below).map((value) => Math.min(value, level >= otherwise.leastLevel ? otherwise.lowest : value)),
      ),
      upper: toCaller(
        add(mean, above).map((value) => Math.max(value, level >= otherwise.leastLevel ? otherwise.highest : value)),
      ),
    })),
    model: chosen?.name ?? naive.name,
    periods: history.found,
    shifts: history.shifts.map(({ index, before, after }) => ({
      index: index + history.start,
      before: before * history.unit,
      after: after * history.unit,
    })),
    warnings: [...history.warnings, ...evaluationWarnings(history, evaluation, { steps, stepMs: o.stepMs })],
    backtest: bands ? summarize(history, evaluation, chosen, coverageOf(bands, levels)) : null,
    contenders: evaluation ? contendersOf(evaluation, toCaller) : [],
  };
}

/** The contender that the caller prefers, or the simplest without an error, or else the combination. */
function choose({ tested }: Evaluation, prefer: string | undefined): Tested | undefined {
  return (
    tested.find(({ name }) => name === prefer) ??
    tested.find(({ meanAbsoluteError }) => meanAbsoluteError === 0) ??
    tested.at(-1)
  );
}

function contendersOf(evaluation: Evaluation, toCaller: (normalized: Float64Array) => Float64Array): Contender[] {
  return evaluation.tested.map((tested) => ({
    model: tested.name,
    mean: toCaller(tested.predict()),
    mase: scaledError(evaluation, tested),
  }));
}

/** Not narrower than `distances` on either side. */
function widened({ below, above }: ErrorBand, distances: Float64Array): ErrorBand {
  return {
    below: below.map((distance, step) => Math.min(distance, -at(distances, step))),
    above: above.map((distance, step) => Math.max(distance, at(distances, step))),
  };
}

/** The band of each level, in the order asked for; each is calibrated by itself, and widened to hold those of lower levels. */
function nested(levels: readonly number[], bandOf: (level: number) => ErrorBand): (ErrorBand & { level: number })[] {
  let widest: ErrorBand | undefined;
  const bands = new Map<number, ErrorBand>();
  for (const level of levels.toSorted((a, b) => a - b)) {
    const { below, above } = bandOf(level);
    const inner = widest;
    widest = {
      below: inner ? below.map((distance, step) => Math.min(distance, at(inner.below, step))) : below,
      above: inner ? above.map((distance, step) => Math.max(distance, at(inner.above, step))) : above,
    };
    bands.set(level, widest);
  }
  return levels.map((level) => ({ level, ...(bands.get(level) ?? bandOf(level)) }));
}

/** Steps after the end of the caller's series, in the caller's unit and inside of the bounds. */
function callerUnit({ unit, gap }: History, bounds: Bounds): (normalized: Float64Array) => Float64Array {
  const { lower = -Number.MAX_VALUE, upper = Number.MAX_VALUE } = bounds;
  return (normalized) =>
    normalized.slice(gap).map((value) => Math.min(upper, Math.max(lower, denormalize(value, unit))));
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + at(b, i));
}

function evaluationWarnings(
  { finite }: History,
  evaluation: Evaluation | null,
  { steps, stepMs }: { steps: number; stepMs: number | undefined },
): string[] {
  if (evaluation === null) {
    const why =
      finite < MIN_BACKTEST_POINTS
        ? `Only ${finite} value${finite === 1 ? '' : 's'}, and a backtest needs ${MIN_BACKTEST_POINTS}`
        : `None of the ${finite} values is where a backtest could compare it with a forecast`;
    return [`${why}: this repeats the last value, its intervals are wide guesses and its error is unknown.`];
  }
  const { horizon } = evaluation.plan;
  if (horizon >= steps) return [];
  const measured = `${horizon} step${horizon === 1 ? '' : 's'}${stepMs === undefined ? '' : ` (${formatDuration(horizon * stepMs)})`}`;
  return [`The series is long enough to measure ${measured} ahead; the intervals after them are extrapolated.`];
}

function summarize(
  history: History,
  evaluation: Evaluation,
  chosen: Tested,
  coverage: readonly Coverage[],
): BacktestSummary {
  const baseline = baselineOf(evaluation, history) ?? chosen;
  return {
    mase: scaledError(evaluation, chosen),
    coverage,
    baselineMase: scaledError(evaluation, baseline),
    scale: denormalize(evaluation.scale, history.unit),
    baseline: baseline.name,
    n: evaluation.plan.origins.length,
  };
}

function coverageOf(bands: PredictionBands, levels: readonly number[]): Coverage[] {
  return levels.map((level) => ({ level, actual: bands.heldOutCoverage(level) }));
}
