import { at } from './at.ts';

export type Severity = 'low' | 'medium' | 'high';
/** Which deviations count: above what was expected, below, or both. */
export type Direction = 'both' | 'high' | 'low';
/** `value`: outside of the band; `course`: within it, for too long too far from what was expected; `standstill`: one value. */
export type AnomalyKind = 'value' | 'course' | 'standstill';

export interface AnomalyInterval {
  readonly kind: AnomalyKind;
  readonly startIndex: number;
  /** The first index after it. */
  readonly endIndex: number;
  /** Where the value is oddest. */
  readonly peakIndex: number;
  readonly peakValue: number;
  /** What was expected at the peak, in the unit of the series. */
  readonly expected: number;
  /** 0..1: of the deviation at the peak, or of the whole interval where that is odder. */
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

export function severityOf(score: number): Severity {
  return score >= HIGH_SCORE ? 'high' : score >= MEDIUM_SCORE ? 'medium' : 'low';
}

/** A run of odd steps. */
export interface OddSteps {
  readonly start: number;
  /** The first index after it. */
  readonly end: number;
  /** Number of odd steps in it. */
  readonly points: number;
}

/** Joins the steps whose score is at least `threshold`, short pauses between them included. */
export function joinOddSteps(scores: Float64Array, threshold: number): OddSteps[] {
  const runs: { start: number; end: number; points: number }[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (at(scores, i) < threshold) continue;
    const run = runs.at(-1);
    if (run === undefined || i - run.end > BRIDGED_STEPS) {
      runs.push({ start: i, end: i + 1, points: 1 });
      continue;
    }
    run.end = i + 1;
    run.points++;
  }
  return runs;
}

export interface JudgedSeries {
  /** In the unit of the series, as {@link expected}; NaN = missing. */
  readonly values: Float64Array;
  readonly expected: Float64Array;
  /** Of the deviation of each step alone; 0 where the value is missing or off the wanted direction. */
  readonly scores: Float64Array;
}

/** `score`: of the whole of it, 0 when its peak tells all. */
export function describeInterval(
  { values, expected, scores }: JudgedSeries,
  { start, end, points }: OddSteps,
  { kind, score }: { kind: AnomalyKind; score: number },
): AnomalyInterval {
  let peak = start;
  for (let i = start + 1; i < end; i++) if (at(scores, i) > at(scores, peak)) peak = i;
  const worst = Math.max(score, at(scores, peak));
  return {
    kind,
    startIndex: start,
    endIndex: end,
    peakIndex: peak,
    peakValue: at(values, peak),
    expected: at(expected, peak),
    score: worst,
    severity: severityOf(worst),
    direction: at(values, peak) >= at(expected, peak) ? 'high' : 'low',
    points,
  };
}
