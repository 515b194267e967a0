import { OpenManagerError } from '../core/errors.ts';
import { safeName } from '../core/text.ts';
import { candidateForecasters } from './candidates.ts';
import {
  type Combination,
  type CombinedPrediction,
  combine,
  combinedPrediction,
  type Evidence,
} from './combination.ts';
import type { Effort } from './effort.ts';
import { naive } from './forecasters/naive.ts';
import { seasonalNaive } from './forecasters/seasonal-naive.ts';
import type { History } from './history.ts';
import {
  areApart,
  type Backtested,
  type BacktestPlan,
  distinctWindows,
  MIN_BACKTEST_POINTS,
  meanAbsolute,
  naiveScale,
  once,
  planBacktest,
  residualsOf,
  runBacktest,
} from './rolling-origin.ts';

/** Nominal coverages of intervals when a caller names none. */
export const DEFAULT_LEVELS: readonly number[] = [0.8, 0.95];

/** The name of the combination among the contenders. */
const COMBINATION = 'combination';

/** Origins for each window that fits side by side: with more, weights are judged by what they were learned from. */
const CROWDED = 2;

const ORIGINS = {
  fast: { least: 6, apart: 6, most: 12 },
  full: { least: 10, apart: 14, most: 20 },
} as const;

/** The measured share of actual values inside of the interval of a nominal level. */
export interface Coverage {
  readonly level: number;
  /** 0..1. */
  readonly actual: number;
}

/** One of the methods that were compared on a series' own past. */
export interface Tested extends Backtested {
  /** An array per origin: actual minus predicted at each step, NaN where the actual is missing. */
  readonly residuals: readonly Float64Array[];
  /** Mean absolute error over all origins and steps. */
  readonly meanAbsoluteError: number;
  /** Distances of a forecast that its intervals hold whatever its errors were; absent for a single method. */
  readonly apart?: Apart;
}

/** How far the halves of a combination lie from it, at each step. */
export interface Apart {
  /** An array per origin. */
  readonly past: readonly Float64Array[];
  next(): Float64Array;
}

/** How the candidate methods did on a series' own past. */
export interface Evaluation {
  readonly plan: BacktestPlan;
  /** The methods, the simpler first, and their combination as the last. */
  readonly tested: readonly Tested[];
  /** What an error is divided by to become a MASE, in normalized values. */
  readonly scale: number;
}

/** Where a backtest of a series cuts it; null when it is too short or has too few values. */
export function planFor(
  { finite, values, periods, young }: History,
  horizon: number,
  effort: Effort,
): BacktestPlan | null {
  if (finite < MIN_BACKTEST_POINTS) return null;
  // Where there is another season, that one is tested until the young one has come round.
  const seasons = periods.length > 0 ? { seen: periods.at(-1) ?? 0, young: 0 } : { seen: 0, young: young.at(-1) ?? 0 };
  return planBacktest(values.length, horizon, seasons, ORIGINS[effort]);
}

/** Backtests every candidate over `horizon` steps, with `members` that a caller brings; null as {@link planFor}. */
export function evaluateCandidates(
  history: History,
  horizon: number,
  effort: Effort,
  members: (plan: BacktestPlan) => readonly Backtested[] = () => [],
): Evaluation | null {
  const plan = planFor(history, horizon, effort);
  if (plan === null) return null;
  const { known, periods, young } = history;
  const positive = history.values.every((value) => value > 0);
  const candidates = candidateForecasters({ periods, young, positive, effort });
  const singles = withMembers(runBacktest(history.values, candidates, plan, horizon), members(plan));
  const evidence: Evidence = {
    predictions: singles.map(({ predictions }) => predictions),
    actuals: plan.origins.map((origin) => known.subarray(origin, origin + plan.horizon)),
  };
  if (evidence.actuals.every((actual) => actual.every(Number.isNaN))) return null;
  const combination = combine(evidence);
  const next = once(() =>
    combinedPrediction(
      combination,
      singles.map((single) => single.predict()),
    ),
  );
  const past = pastPredictions(evidence, plan, effort === 'fast' ? combination : null);
  const combined = {
    name: COMBINATION,
    predictions: past.map(({ mean }) => mean),
    predict: () => next().mean,
    apart: { past: past.map(({ apart }) => apart), next: () => next().apart },
  };
  const tested = [...singles, combined].map((backtested) => {
    const residuals = residualsOf(known, backtested.predictions, plan);
    return { ...backtested, residuals, meanAbsoluteError: meanAbsolute(residuals) };
  });
  return { plan, tested, scale: maseScale(history) };
}

/** Throws `invalid_argument` when two have the same name. */
function withMembers(own: readonly Backtested[], members: readonly Backtested[]): Backtested[] {
  const taken = new Set([...own.map(({ name }) => name), COMBINATION]);
  for (const { name } of members) {
    if (taken.has(name))
      throw new OpenManagerError('invalid_argument', `members: the name ${safeName(name)} is taken.`);
    taken.add(name);
  }
  return [...own, ...members];
}

/**
 * What the combination predicted from each origin, with weights learned from the other ones: of a short series, whose
 * windows overlap, from those that have no step in common with it, as long as there are any. Where they hardly overlap, a
 * given combination is taken as it is, as learning costs a selection each.
 */
function pastPredictions(evidence: Evidence, plan: BacktestPlan, given: Combination | null): CombinedPrediction[] {
  const isCrowded = plan.origins.length > CROWDED * distinctWindows(plan);
  const origins = [...plan.origins.keys()];
  return evidence.actuals.map((_, left) => {
    const others = origins.filter((origin) => origin !== left);
    const apart = isCrowded ? others.filter((origin) => areApart(plan, origin, left)) : [];
    return combinedPrediction(
      (isCrowded ? null : given) ?? combine(evidence, apart.length > 0 ? apart : others),
      evidence.predictions.map((ofContender) => ofContender[left] ?? new Float64Array()),
    );
  });
}

/** Mean absolute error over the scale of its evaluation (MASE), >= 0. */
export function scaledError({ scale }: Evaluation, { meanAbsoluteError }: Tested): number {
  return meanAbsoluteError === 0 ? 0 : meanAbsoluteError / (scale || meanAbsoluteError);
}

/**
 * The mean absolute difference of normalized values one cycle of the shortest season found apart, or of successive ones,
 * across gaps where no two follow each other.
 */
function maseScale({ known, found }: History): number {
  const [period = 1] = found;
  return naiveScale(known, period) || naiveScale(known, 1) || naiveScale(known.filter(Number.isFinite), 1);
}

/** The method that a forecast has to beat: the last cycle of the shortest season found, or else the last value, repeated. */
export function baselineOf({ tested }: Evaluation, { found }: History): Tested | undefined {
  const name = found[0] === undefined ? naive.name : seasonalNaive(found[0]).name;
  return tested.find((t) => t.name === name) ?? tested[0];
}
