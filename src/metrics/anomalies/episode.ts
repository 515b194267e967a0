import type { Verdict } from '../../analytics/index.ts';
import type { Descriptor } from '../../core/series.ts';
import type { Hypothesis } from './hypothesis.ts';

/** An anomaly as it is seen while its samples arrive. Times are milliseconds since the epoch. */
export interface Episode {
  readonly series: Descriptor;
  /** Usual time between two of the series' samples when it began. */
  readonly stepMs: number;
  readonly startMs: number;
  /** Null while it lasts. */
  endMs: number | null;
  /** Of its newest odd sample. */
  lastMs: number;
  /** Of the first sample since then that was as expected; null without any. */
  calmMs: number | null;
  peak: Peak;
  readonly group: Group;
}

/** The sample with the highest score, and what was expected when the anomaly began; in the series' unit, NaN = not known. */
export interface Peak {
  readonly timeMs: number;
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** 0..1. */
  readonly score: number;
}

/** Anomalies of one host that began within a short time. */
export interface Group {
  readonly startMs: number;
  /** When its newest one began. */
  newestMs: number;
  /** The id of its first one; undefined until that is stored. */
  id: number | undefined;
  hypotheses: readonly Hypothesis[];
}

const calmSteps = 3;
const calmMs = 60_000;

/**
 * Whether a sample belongs to an anomaly that has begun: it lies outside of the band that was expected when it began and
 * is odd, as it has not become usual. Where the anomaly is none of single values, the latter alone.
 */
export function isOdd({ peak }: Episode, value: number, { rawScore, isAnomaly }: Verdict): boolean {
  return isAnomaly || (rawScore >= 0.5 && (isWithin(peak.value, peak) || !isWithin(value, peak)));
}

function isWithin(value: number, { lower, upper }: Peak): boolean {
  return value >= lower && value <= upper;
}

export function peakOf(timeMs: number, value: number, verdict: Verdict): Peak {
  const { expected, lower, upper } = verdict;
  return { timeMs, value, expected, lower, upper, score: scoreOf(verdict) };
}

/** Adds an odd sample; returns whether it is worse than all before. What was expected stays, as later it follows. */
export function extend(episode: Episode, timeMs: number, value: number, verdict: Verdict): boolean {
  episode.lastMs = timeMs;
  episode.calmMs = null;
  const score = scoreOf(verdict);
  if (score <= episode.peak.score) return false;
  episode.peak = { ...episode.peak, timeMs, value, score };
  return true;
}

/** `score` is 0 for a while after an alarm, `rawScore` is not. */
function scoreOf({ score, rawScore }: Verdict): number {
  return Math.max(score, rawScore);
}

/**
 * Adds a sample that was as expected; returns whether the anomaly is over, which it is when all have been for a minute
 * and for three steps. It ended with the first of them.
 */
export function calm(episode: Episode, timeMs: number): boolean {
  episode.calmMs ??= timeMs;
  if (timeMs - episode.calmMs < Math.max(calmMs, calmSteps * episode.stepMs)) return false;
  episode.endMs = episode.calmMs;
  return true;
}
