import { OpenManagerError } from '../core/errors.ts';
import { safeName } from '../core/text.ts';
import { planFor } from './evaluation.ts';
import { HISTORY_OPTIONS, type History, type HistoryOptions, prepareHistory } from './history.ts';
import type { Backtested, BacktestPlan } from './rolling-origin.ts';
import { isFloat64Array, isObject, requireEach, requireKnown } from './validate.ts';

/** Predictions that a caller brings into the comparison, such as those of a neural model. */
export interface MemberPrediction {
  /** How it is named in answers; none of the library's own. */
  readonly name: string;
  /** The `horizon` steps after the series, in its unit. */
  readonly mean: Float64Array;
  /** What it predicts from each origin of {@link backtestOrigins} by the values before it, in the series' unit. */
  readonly past: readonly Float64Array[];
}

/** What a forecast is asked with; its origins are told for the same. */
export const FORECAST_OPTIONS = [...HISTORY_OPTIONS, 'startMs', 'levels', 'bounds', 'members', 'prefer'] as const;

/** From where, and how far, a member must have predicted the past. */
export interface BacktestOrigins {
  /** Index into the series of the first step that is predicted, for each origin, ascending; empty for a short series. */
  readonly origins: readonly number[];
  readonly horizon: number;
}

/**
 * The origins of the backtest that {@link forecast} runs with the same values and options. Throws `invalid_argument` as
 * that does.
 */
export function backtestOrigins(values: Float64Array, o: HistoryOptions): BacktestOrigins {
  requireKnown(o, FORECAST_OPTIONS);
  const history = prepareHistory(values, o);
  const plan = planFor(history, history.gap + o.horizon, o.effort ?? 'full');
  if (plan === null) return { origins: [], horizon: 0 };
  return { origins: plan.origins.map((origin) => origin + history.start), horizon: plan.horizon };
}

/** Throws unless all are members by their shape; what they predicted is checked by {@link backtestedMembers}. */
export function requireMembers(members: unknown): void {
  if (members === undefined) return;
  requireEach('members', members, {
    isValid: isMember,
    valid: 'an object with name (a text), mean (a Float64Array) and past (an array of them)',
    example: '[{ name, mean, past }]',
  });
}

function isMember(member: unknown): boolean {
  if (!isObject(member)) return false;
  const { name, mean, past } = member;
  // A hole of a sparse array is none either.
  return typeof name === 'string' && isFloat64Array(mean) && Array.isArray(past) && [...past].every(isFloat64Array);
}

/** The members as the library's own methods are. Throws `invalid_argument` when one has not predicted what was asked. */
export function backtestedMembers(
  members: readonly MemberPrediction[],
  { unit, gap, shifts }: History,
  horizon: number,
): (plan: BacktestPlan) => Backtested[] {
  const inside = (prediction: Float64Array, origin: number) => {
    const moved = shifts.reduce((sum, { index, before, after }) => (origin < index ? sum + after - before : sum), 0);
    return prediction.map((value) => value / unit + moved);
  };
  return (plan) =>
    members.map(({ name, mean, past }) => {
      const shownName = safeName(name);
      requireFinite(shownName, 'mean', mean, horizon);
      if (past.length !== plan.origins.length) {
        reject(
          `members: ${shownName} has ${past.length} past predictions; backtestOrigins names ${plan.origins.length}.`,
        );
      }
      for (const prediction of past) requireFinite(shownName, 'past', prediction, plan.horizon);
      return {
        name,
        predictions: past.map((prediction, i) => inside(prediction, plan.origins[i] ?? 0)),
        predict: () => Float64Array.from({ length: gap + horizon }, (_, i) => (mean[Math.max(0, i - gap)] ?? 0) / unit),
      };
    });
}

function requireFinite(name: string, what: string, prediction: Float64Array, length: number): void {
  if (prediction.length === length && prediction.every(Number.isFinite)) return;
  reject(`members: a prediction (${what}) of ${name} must be ${length} finite numbers.`);
}

function reject(message: string): never {
  throw new OpenManagerError('invalid_argument', message);
}
