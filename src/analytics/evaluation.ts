import { candidateForecasters } from './candidates.ts';
import { type Combination, combine, combinedPrediction, type Evidence } from './combination.ts';
import type { Effort } from './effort.ts';
import { naive } from './forecasters/naive.ts';
import { seasonalNaive } from './forecasters/seasonal-naive.ts';
import type { History } from './history.ts';
import {
  type BacktestPlan,
  MIN_BACKTEST_POINTS,
  meanAbsolute,
  naiveScale,
  planBacktest,
  predictWithin,
  residualsOf,
  runBacktest,
} from './rolling-origin.ts';

/** Nominal coverages of intervals when a caller names none. */
export const DEFAULT_LEVELS: readonly number[] = [0.8, 0.95];

/** The name of the combination among the contenders. */
const COMBINATION = 'combination';

const ORIGINS = { fast: { least: 6, most: 12 }, full: { least: 12, most: 24 } } as const;

/** The measured share of actual values inside of the interval of a nominal level. */
export interface Coverage {
  readonly level: number;
  /** 0..1. */
  readonly actual: number;
}

/** One of the methods that were compared on a series' own past. */
export interface Tested {
  readonly name: string;
  /** An array per origin: actual minus predicted at each step, NaN where the actual is missing. */
  readonly residuals: readonly Float64Array[];
  /** Mean absolute error over all origins and steps. */
  readonly meanAbsoluteError: number;
  /** The steps after the history; what `predict` gives is computed once. */
  predict(): Float64Array;
}

/** How the candidate methods did on a series' own past. */
export interface Evaluation {
  readonly plan: BacktestPlan;
  /** The methods, the simpler first, and their combination as the last. */
  readonly tested: readonly Tested[];
  readonly combination: Combination;
}

/** Backtests every candidate over `horizon` steps; null when the history is too short or has too few values. */
export function evaluateCandidates(history: History, horizon: number, effort: Effort): Evaluation | null {
  if (history.finite < MIN_BACKTEST_POINTS) return null;
  const { values, known, periods } = history;
  const plan = planBacktest(values.length, horizon, periods.at(-1) ?? 0, ORIGINS[effort]);
  if (plan === null) return null;
  const positive = values.every((value) => value > 0);
  const backtested = runBacktest(values, candidateForecasters({ periods, positive, effort }), plan);
  const singles = backtested.map(({ forecaster, predictions }) =>
    tested(
      forecaster.name,
      residualsOf(known, predictions, plan),
      once(() => predictWithin(forecaster, values, horizon)),
    ),
  );
  if (singles.some(({ meanAbsoluteError }) => !Number.isFinite(meanAbsoluteError))) return null;
  const evidence: Evidence = {
    predictions: backtested.map(({ predictions }) => predictions),
    actuals: plan.origins.map((origin) => known.subarray(origin, origin + plan.horizon)),
  };
  const combination = combine(evidence);
  const combined = tested(
    COMBINATION,
    residualsOf(known, heldOutPredictions(evidence), plan),
    once(() =>
      combinedPrediction(
        combination,
        singles.map((single) => single.predict()),
      ),
    ),
  );
  return { plan, tested: [...singles, combined], combination };
}

/** What the combination predicted from each origin, its weights learned from the other origins. */
function heldOutPredictions(evidence: Evidence): Float64Array[] {
  return evidence.actuals.map((_, origin) =>
    combinedPrediction(
      combine(evidence, origin),
      evidence.predictions.map((ofContender) => ofContender[origin] ?? new Float64Array()),
    ),
  );
}

function tested(name: string, residuals: readonly Float64Array[], predict: () => Float64Array): Tested {
  return { name, residuals, meanAbsoluteError: meanAbsolute(residuals), predict };
}

function once<T>(compute: () => T): () => T {
  let result: T | undefined;
  return () => (result ??= compute());
}

/**
 * Mean absolute error over that of repeating the last cycle of the shortest season found, or else the last value, for one
 * step within the series (MASE), >= 0.
 */
export function scaledError({ known, found }: History, { meanAbsoluteError }: Tested): number {
  if (meanAbsoluteError === 0) return 0;
  const [period = 1] = found;
  return meanAbsoluteError / (naiveScale(known, period) || naiveScale(known, 1) || meanAbsoluteError);
}

/** The method that a forecast has to beat: the last cycle of the shortest season found, or else the last value, repeated. */
export function baselineOf({ tested }: Evaluation, { found }: History): Tested | undefined {
  const name = found[0] === undefined ? naive.name : seasonalNaive(found[0]).name;
  return tested.find((t) => t.name === name) ?? tested[0];
}
