import { DAY_MS } from './ops-series.ts';
import type { Prediction } from './prediction.ts';
import type { Window } from './windows.ts';

/** What one forecast of one window was worth, as sums, so that windows can be added up. */
export interface WindowScore {
  /** Sums of absolute errors over the steps that both the truth and the seasonal naive forecast have. */
  readonly absoluteError: number;
  readonly naiveAbsoluteError: number;
  /** Steps with a truth. */
  readonly steps: number;
  /** One for each level of the prediction's intervals. */
  readonly levels: readonly LevelScore[];
}

export interface LevelScore {
  readonly level: number;
  /** Steps with `lower <= truth <= upper`. */
  readonly inside: number;
  /** Of them those that lie on a bound, and those whose bounds are one value. */
  readonly ties: number;
  readonly points: number;
  /** Of those, the ones with the truth at that value. */
  readonly pointsInside: number;
  /** Sum of interval scores (Gneiting & Raftery 2007, eq. 43), in the series' unit. */
  readonly intervalScore: number;
}

/** A difference below this share of the larger value is rounding. */
const ROUNDING = 1e-9;

export function scoreWindow(window: Window, { mean, intervals }: Prediction): WindowScore {
  const { actual } = window;
  const naive = seasonalNaive(window);
  let [absoluteError, naiveAbsoluteError, steps] = [0, 0, 0];
  for (const [h, y] of actual.entries()) {
    const baseline = naive[h] ?? Number.NaN;
    if (!Number.isFinite(y)) continue;
    steps++;
    if (!Number.isFinite(baseline)) continue;
    absoluteError += difference(y, mean[h] ?? Number.NaN);
    naiveAbsoluteError += difference(y, baseline);
  }
  return { absoluteError, naiveAbsoluteError, steps, levels: intervals.map((i) => scoreInterval(actual, i)) };
}

/** The value of the same time a day before; where that is missing, of the day before it, and so on. */
export function seasonalNaive({ series, history, actual }: Window): Float64Array {
  const day = DAY_MS / series.stepMs;
  return actual.map((_, h) => {
    let at = history.length + h - day * Math.ceil((h + 1) / day);
    while (at >= 0 && !Number.isFinite(history[at])) at -= day;
    return history[at] ?? Number.NaN;
  });
}

function scoreInterval(actual: Float64Array, { level, lower, upper }: Prediction['intervals'][number]): LevelScore {
  let [inside, ties, points, pointsInside, intervalScore] = [0, 0, 0, 0, 0];
  for (const [h, y] of actual.entries()) {
    const [low, high] = [lower[h] ?? Number.NaN, upper[h] ?? Number.NaN];
    if (!Number.isFinite(y)) continue;
    if (y >= low && y <= high) inside++;
    if (y === low || y === high) ties++;
    if (low === high) points++;
    if (low === high && y === low) pointsInside++;
    intervalScore += high - low + (2 / (1 - level)) * (Math.max(0, low - y) + Math.max(0, y - high));
  }
  return { level, inside, ties, points, pointsInside, intervalScore };
}

function difference(a: number, b: number): number {
  const d = Math.abs(a - b);
  return d <= ROUNDING * Math.max(Math.abs(a), Math.abs(b)) ? 0 : d;
}
