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
  /** Geometric mean over series of the ratio of mean absolute errors to seasonal naive's. */
  readonly ratio: number;
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
  /** Geometric mean over series of the interval score over seasonal naive's mean absolute error. */
  readonly score: number;
}

const WORSE = 1.05;
/**
 * A ratio counts as at least 1/10 and at most 10. A series where one of the two makes no error at all would otherwise
 * decide the geometric mean of all; where neither makes one the ratio is 1.
 */
const EXTREME = 10;

export function summarize(scores: readonly SeriesScores[]): OpsSummary {
  const measured = scores.filter(({ windows }) => windows.length > 0);
  const ratios = measured.map(({ windows }) => errorRatio(windows));
  const always = measured.filter(({ windows }) => windows.every((window) => errorRatio([window]) > WORSE));
  const levels = measured[0]?.windows[0]?.levels ?? [];
  return {
    series: measured.length,
    windows: measured.reduce((count, { windows }) => count + windows.length, 0),
    ratio: geometricMean(ratios),
    worse: ratios.filter((ratio) => ratio > WORSE).length / measured.length,
    worseAlways: always.length / measured.length,
    levels: levels.map(({ level }, k) => summarizeLevel(measured, level, k)),
  };
}

/** The ratio of absolute errors to seasonal naive's, over all windows. */
function errorRatio(windows: readonly WindowScore[]): number {
  const own = sum(windows.map(({ absoluteError }) => absoluteError));
  const naive = sum(windows.map(({ naiveAbsoluteError }) => naiveAbsoluteError));
  return bounded(own, naive);
}

function summarizeLevel(scores: readonly SeriesScores[], level: number, k: number): LevelSummary {
  const all = scores.flatMap(({ windows }) => windows);
  const steps = sum(all.map((window) => window.steps));
  const share = (of: (score: LevelScore) => number) => sum(all.map((w) => levelAt(w, k, of))) / steps;
  const ratios = scores.map(({ windows }) =>
    bounded(
      sum(windows.map((w) => levelAt(w, k, (s) => s.intervalScore))),
      sum(windows.map((w) => w.naiveAbsoluteError)),
      1000,
    ),
  );
  return {
    level,
    coverage: share(({ inside }) => inside),
    ties: share(({ ties }) => ties),
    points: share(({ points }) => points),
    score: geometricMean(ratios),
  };
}

function levelAt({ levels }: WindowScore, k: number, of: (score: LevelScore) => number): number {
  const score = levels[k];
  return score === undefined ? Number.NaN : of(score);
}

function bounded(own: number, naive: number, extreme = EXTREME): number {
  if (own === 0 && naive === 0) return 1;
  return Math.min(extreme, Math.max(1 / extreme, own / naive));
}

function geometricMean(ratios: readonly number[]): number {
  return Math.exp(mean(ratios.map(Math.log)));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
