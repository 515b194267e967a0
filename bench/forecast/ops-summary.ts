import { mean } from '../support/m4.ts';
import type { OpsSeries } from './ops-series.ts';
import type { LevelScore, WindowScore } from './window-score.ts';

/** The windows of one series. */
export interface SeriesScores {
  readonly series: Pick<OpsSeries, 'name' | 'metric'>;
  readonly windows: readonly WindowScore[];
}

/** How forecasts of many series did, relative to seasonal naive. */
export interface OpsSummary {
  readonly series: number;
  readonly windows: number;
  /** Geometric mean over series of the ratio of mean absolute errors to seasonal naive's, within limits (see below). */
  readonly ratio: number;
  /** The same without limits, and the number of series that it is over: those on which both make an error. */
  readonly ratioOfErring: number;
  readonly erring: number;
  /** Share of series whose ratio is above 1.05. */
  readonly worse: number;
  /** Share of series with a ratio above 1.05 in every window. */
  readonly worseAlways: number;
  readonly levels: readonly LevelSummary[];
}

export interface LevelSummary {
  readonly level: number;
  /** Shares of all steps of all windows. */
  readonly coverage: number;
  readonly ties: number;
  readonly points: number;
  /** Share of the steps whose interval is more than one value. */
  readonly coverageOfWide: number;
  /** Geometric mean of the interval score over seasonal naive's mean absolute error, over series where both are above 0. */
  readonly score: number;
}

const WORSE = 1.05;
/**
 * A ratio counts as at least 1/10 and at most 10, and as 1 where neither makes an error: a series on which one of the two
 * makes none, or next to none, would otherwise decide the mean of all. A third of these series stand still for days.
 */
const EXTREME = 10;

export function summarize(scores: readonly SeriesScores[]): OpsSummary {
  const measured = scores.filter(({ windows }) => windows.length > 0);
  const errors = measured.map(({ windows }) => errorsOf(windows));
  const ratios = errors.map(limitedRatio);
  const erring = errors.filter(({ own, naive }) => own > 0 && naive > 0);
  const always = measured.filter(({ windows }) => windows.every((one) => limitedRatio(errorsOf([one])) > WORSE));
  const levels = measured[0]?.windows[0]?.levels ?? [];
  return {
    series: measured.length,
    windows: measured.reduce((count, { windows }) => count + windows.length, 0),
    ratio: geometricMean(ratios),
    ratioOfErring: geometricMean(erring.map(({ own, naive }) => own / naive)),
    erring: erring.length,
    worse: ratios.filter((ratio) => ratio > WORSE).length / measured.length,
    worseAlways: always.length / measured.length,
    levels: levels.map(({ level }, k) => summarizeLevel(measured, level, k)),
  };
}

/** Sums of absolute errors over windows. */
interface Errors {
  readonly own: number;
  readonly naive: number;
}

function errorsOf(windows: readonly WindowScore[]): Errors {
  return {
    own: sum(windows.map(({ absoluteError }) => absoluteError)),
    naive: sum(windows.map(({ naiveAbsoluteError }) => naiveAbsoluteError)),
  };
}

function limitedRatio({ own, naive }: Errors): number {
  if (own === 0 && naive === 0) return 1;
  return Math.min(EXTREME, Math.max(1 / EXTREME, own / naive));
}

function summarizeLevel(scores: readonly SeriesScores[], level: number, k: number): LevelSummary {
  const all = scores.flatMap(({ windows }) => windows);
  const steps = sum(all.map((window) => window.steps));
  const total = (of: (score: LevelScore) => number) => sum(all.map((w) => levelAt(w, k, of)));
  const share = (of: (score: LevelScore) => number) => total(of) / steps;
  const wide = steps - total(({ points }) => points);
  const relative = scores.map(
    ({ windows }) => sum(windows.map((w) => levelAt(w, k, (s) => s.intervalScore))) / errorsOf(windows).naive,
  );
  return {
    level,
    coverage: share(({ inside }) => inside),
    ties: share(({ ties }) => ties),
    points: share(({ points }) => points),
    coverageOfWide: total(({ inside, pointsInside }) => inside - pointsInside) / wide,
    score: geometricMean(relative.filter((ratio) => ratio > 0 && ratio < Number.POSITIVE_INFINITY)),
  };
}

function levelAt({ levels }: WindowScore, k: number, of: (score: LevelScore) => number): number {
  const score = levels[k];
  return score === undefined ? Number.NaN : of(score);
}

function geometricMean(ratios: readonly number[]): number {
  return Math.exp(mean(ratios.map(Math.log)));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
