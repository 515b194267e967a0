import { type Coverage, DEFAULT_LEVELS, evaluateCandidates, scaledError, type Tested } from './evaluation.ts';
import { HISTORY_OPTIONS, type HistoryOptions, prepareHistory } from './history.ts';
import { fitPredictionBands } from './prediction-bands.ts';
import { type BacktestPlan, MIN_BACKTEST_POINTS } from './rolling-origin.ts';
import { requireKnown, requireLevels, requireValues } from './validate.ts';

export interface BacktestOptions extends HistoryOptions {
  /** Nominal coverages to measure, each above 0 and below 1; 0.8 and 0.95 when left out. */
  readonly levels?: readonly number[] | undefined;
}

const OPTIONS = [...HISTORY_OPTIONS, 'levels'] as const satisfies readonly (keyof BacktestOptions)[];

export interface BacktestedModel {
  /** As in a forecast, e.g. `seasonal-naive(24)`. */
  readonly model: string;
  /** As `BacktestSummary.mase`. */
  readonly mase: number;
  /** One for each level, in the order asked for. */
  readonly coverage: readonly Coverage[];
}

export interface BacktestReport {
  /** Index into `values` of the first step that was forecast, for each origin, ascending. */
  readonly origins: readonly number[];
  /** Steps that were forecast from each origin; fewer than asked for when the series is short. */
  readonly horizon: number;
  /** Every method that could be tested, the simpler first; the last one is their combination. */
  readonly models: readonly BacktestedModel[];
  readonly warnings: readonly string[];
}

/**
 * Measures every candidate method on a series' own past: each is fitted on the values before an origin and compared with
 * the values after it, at 3 to 20 origins (12 with `fast`) in the later half of the series.
 *
 * `values`: at most 200,000 steps, NaN = missing. Throws `invalid_argument` when fewer than 12 values are finite or
 * an option is out of range; `models` is empty when no step after an origin has a value. Tashman, "Out-of-sample tests of forecasting accuracy"
 * (2000).
 */
export function backtest(values: Float64Array, o: BacktestOptions): BacktestReport {
  requireKnown(o, OPTIONS);
  const { levels = DEFAULT_LEVELS } = o;
  requireLevels(levels);
  const history = prepareHistory(values, o);
  requireValues(history.finite, MIN_BACKTEST_POINTS, 'a backtest');
  const evaluation = evaluateCandidates(history, o.horizon, o.effort ?? 'full');
  if (evaluation === null) return { origins: [], horizon: 0, models: [], warnings: history.warnings };
  const { plan, tested } = evaluation;
  return {
    origins: plan.origins.map((origin) => origin + history.start),
    horizon: plan.horizon,
    models: tested.map((t) => ({
      model: t.name,
      mase: scaledError(evaluation, t),
      coverage: coverageOf(t, plan, levels),
    })),
    warnings: history.warnings,
  };
}

function coverageOf({ residuals, apart }: Tested, plan: BacktestPlan, levels: readonly number[]): Coverage[] {
  const bands = fitPredictionBands(residuals, plan, apart?.past);
  return levels.map((level) => ({ level, actual: bands.heldOutCoverage(level) }));
}
