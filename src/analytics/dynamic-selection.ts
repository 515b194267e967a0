import { equalAccuracyProbability } from './diebold-mariano.ts';

/** How far a prediction was from what came, both in units of the mean step of the series' past; see `measureForecast`. */
export interface ContenderLoss {
  /** >= 0. */
  readonly mase: number;
  /** >= 0; null where it had no intervals. */
  readonly quantileLoss: number | null;
}

/** A forecast whose time has come: what was predicted from `startMs` up to `endMs`, and how far off each method was. */
export interface ResolvedWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** The method whose prediction was given out. */
  readonly used: string;
  /** Of every method that was compared then, the one that was used among them; empty where none could be measured. */
  readonly losses: ReadonlyMap<string, ContenderLoss>;
}

/** The method that a series is forecast with, and what speaks for it. */
export interface Preference {
  readonly model: string;
  /** Milliseconds since the epoch: the end of the last window that was looked at. */
  readonly sinceMs: number;
  /** What was preferred before; null = whatever each forecast's own backtest chose. */
  readonly over: string | null;
  /** Windows in which both took part. */
  readonly windows: number;
  /** How much less its mean MASE was, 0..1. */
  readonly improvement: number;
  /** Of so much improvement if both were equally good, 0..1. */
  readonly probability: number;
}

/** Older windows are forgotten. */
const recentWindows = 60;
const leastWindows = 30;
const leastImprovement = 0.03;
/**
 * The level of the test, shared among the challengers (Bonferroni). Far below the usual 0.05, as the question comes again
 * with each window. Of streams of 200 windows of eight equally good methods one in forty switches at all, one in fourteen
 * where losses are autocorrelated by 0.3; one that is 10 % better is found after 40 windows where the methods' losses differ
 * by a tenth otherwise, in three streams of five where by a fifth.
 */
const level = 0.0005;

/**
 * Which method a series should be forecast with, by how the forecasts of it turned out; null = the one that each
 * forecast's own backtest chooses. Returns `current` itself where nothing speaks against it.
 *
 * A method takes the place of the current one when, in at least 30 of the last 60 windows, its mean MASE is lower by 3 %
 * or more, its mean quantile loss is not higher (where both are known), and a Diebold-Mariano test calls the difference
 * significant. Of windows that overlap only the earlier one counts. Only windows that began since the last switch count,
 * so that going back needs the same evidence anew.
 *
 * `windows`: in any order, of forecasts in equal steps and of like horizons.
 */
export function preferContender(windows: readonly ResolvedWindow[], current: Preference | null): Preference | null {
  const since = current?.sinceMs ?? Number.NEGATIVE_INFINITY;
  const counted = withoutOverlap(windows.filter(({ startMs, losses }) => startMs >= since && losses.size > 0)).slice(
    -recentWindows,
  );
  const incumbentOf = (window: ResolvedWindow) =>
    window.losses.get(current?.model ?? '') ?? window.losses.get(window.used);
  const challengers = [...new Set(counted.flatMap(({ losses }) => [...losses.keys()]))]
    .filter((model) => model !== current?.model)
    .map((model) => ({ model, ...compare(counted, incumbentOf, model) }))
    .filter(({ windows }) => windows >= leastWindows);
  const [best] = challengers
    .filter(({ improvement, worseQuantiles }) => improvement >= leastImprovement && !worseQuantiles)
    .filter(({ probability }) => probability <= level / challengers.length)
    .sort((one, other) => other.improvement - one.improvement);
  if (best === undefined) return current;
  const { model, windows: n, improvement, probability } = best;
  const sinceMs = Math.max(...counted.map(({ endMs }) => endMs));
  return { model, sinceMs, over: current?.model ?? null, windows: n, improvement, probability };
}

/** Oldest first. */
function withoutOverlap(windows: readonly ResolvedWindow[]): readonly ResolvedWindow[] {
  let untilMs = Number.NEGATIVE_INFINITY;
  return [...windows]
    .sort((one, other) => one.startMs - other.startMs)
    .filter(({ startMs, endMs }) => {
      if (startMs < untilMs) return false;
      untilMs = endMs;
      return true;
    });
}

interface Comparison {
  readonly windows: number;
  readonly improvement: number;
  readonly probability: number;
  readonly worseQuantiles: boolean;
}

function compare(
  counted: readonly ResolvedWindow[],
  incumbentOf: (window: ResolvedWindow) => ContenderLoss | undefined,
  model: string,
): Comparison {
  const pairs = counted.flatMap((window) => {
    const [incumbent, challenger] = [incumbentOf(window), window.losses.get(model)];
    return incumbent && challenger ? [{ incumbent, challenger }] : [];
  });
  const sum = (of: (pair: (typeof pairs)[number]) => number) => pairs.reduce((total, pair) => total + of(pair), 0);
  const quantileGain = ({ incumbent, challenger }: (typeof pairs)[number]) =>
    incumbent.quantileLoss === null || challenger.quantileLoss === null
      ? 0
      : incumbent.quantileLoss - challenger.quantileLoss;
  const differences = Float64Array.from(pairs, ({ incumbent, challenger }) => incumbent.mase - challenger.mase);
  return {
    windows: pairs.length,
    improvement: 1 - sum(({ challenger }) => challenger.mase) / sum(({ incumbent }) => incumbent.mase),
    probability: equalAccuracyProbability(differences),
    worseQuantiles: sum(quantileGain) < 0,
  };
}
