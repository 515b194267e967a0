import { candidateForecasters } from './candidates.ts';
import { heldOutCoverage } from './error-model.ts';
import type { History } from './history.ts';
import {
  type BacktestedForecaster,
  type BacktestPlan,
  MIN_BACKTEST_POINTS,
  naiveScale,
  planBacktest,
  runBacktest,
} from './rolling-origin.ts';

/** Nominal coverages of intervals when a caller names none. */
export const DEFAULT_LEVELS: readonly number[] = [0.8, 0.95];

/** The measured share of actual values inside of the interval of a nominal level. */
export interface Coverage {
  readonly level: number;
  /** 0..1. */
  readonly actual: number;
}

/** How the candidate methods did on a series' own past. */
export interface Evaluation {
  readonly plan: BacktestPlan;
  /** The methods with an error, the simpler first; the baseline is the first. */
  readonly tested: readonly BacktestedForecaster[];
}

/** Backtests every candidate over `horizon` steps; null when the history is too short or has too few values. */
export function evaluateCandidates(history: History, horizon: number): Evaluation | null {
  const plan = history.finite < MIN_BACKTEST_POINTS ? null : planBacktest(history.values.length, horizon);
  if (plan === null) return null;
  const tested = runBacktest(history.values, candidateForecasters(history.periods), plan);
  const comparable = tested.filter((t) => Number.isFinite(t.meanAbsoluteError));
  return comparable.length === 0 ? null : { plan, tested: comparable };
}

/** Mean absolute error of a method over that of repeating the last value for one step (MASE), >= 0. */
export function scaledError(history: History, { meanAbsoluteError }: BacktestedForecaster): number {
  return meanAbsoluteError === 0 ? 0 : meanAbsoluteError / naiveScale(history.values);
}

/** The share of actual values inside of the interval of each level, on origins that its width was not learned from. */
export function measureCoverage(
  { residuals }: BacktestedForecaster,
  plan: BacktestPlan,
  levels: readonly number[],
): Coverage[] {
  const shares = heldOutCoverage(residuals, plan.horizon, levels);
  return levels.map((level, i) => ({ level, actual: shares[i] ?? 0 }));
}
