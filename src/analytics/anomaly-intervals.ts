import { at } from './at.ts';

export type Severity = 'low' | 'medium' | 'high';
/** Which deviations count: above what was expected, below, or both. */
export type Direction = 'both' | 'high' | 'low';

export interface AnomalyInterval {
  readonly startIndex: number;
  /** The first index after it. */
  readonly endIndex: number;
  /** Where the score is highest. */
  readonly peakIndex: number;
  readonly peakValue: number;
  /** What was expected at the peak, in the unit of the series. */
  readonly expected: number;
  /** 0..1, that of the peak. */
  readonly score: number;
  readonly severity: Severity;
  /** On which side of the expected value the peak lies. */
  readonly direction: 'high' | 'low';
  /** Number of odd steps in it; fewer than its length when short pauses were bridged. */
  readonly points: number;
}

/** Ordinary steps between two odd ones that belong to the same anomaly. */
const BRIDGED_STEPS = 3;
/** Scores from which on an anomaly is graded higher: 8 and 15 standard deviations. */
const MEDIUM_SCORE = toScore(8);
const HIGH_SCORE = toScore(15);

/**
 * Maps a deviation in robust standard deviations, of any sign, to 0..1: 0.5 at five, monotone, and never saturated, so
 * that the worst of many anomalies still stands out.
 */
export function toScore(deviation: number): number {
  const squared = Math.min(deviation * deviation, Number.MAX_VALUE / 2);
  return squared / (squared + 25);
}

/**
 * Joins the steps whose score is at least `threshold` to intervals, the worst first. All arrays have the length of the
 * series; a missing value has score 0.
 */
export function joinAnomalies(
  values: Float64Array,
  expected: Float64Array,
  scores: Float64Array,
  threshold: number,
): AnomalyInterval[] {
  const runs: { start: number; end: number; peak: number; points: number }[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (at(scores, i) < threshold) continue;
    const run = runs.at(-1);
    if (run === undefined || i - run.end > BRIDGED_STEPS) {
      runs.push({ start: i, end: i + 1, peak: i, points: 1 });
      continue;
    }
    run.end = i + 1;
    run.points++;
    if (at(scores, i) > at(scores, run.peak)) run.peak = i;
  }
  return runs
    .map(({ start, end, peak, points }): AnomalyInterval => {
      const score = at(scores, peak);
      return {
        startIndex: start,
        endIndex: end,
        peakIndex: peak,
        peakValue: at(values, peak),
        expected: at(expected, peak),
        score,
        severity: score >= HIGH_SCORE ? 'high' : score >= MEDIUM_SCORE ? 'medium' : 'low',
        direction: at(values, peak) >= at(expected, peak) ? 'high' : 'low',
        points,
      };
    })
    .sort((a, b) => b.score - a.score);
}
