import type { Descriptor } from '../../core/series.ts';
import type { Samples } from '../samples.ts';
import type { Peak } from './episode.ts';
import type { Hypothesis } from './hypothesis.ts';

/** An anomaly as patterns look at it; an `Episode` is one. */
export interface SeenAnomaly {
  readonly series: Descriptor;
  readonly startMs: number;
  /** Of its newest odd sample. */
  readonly lastMs: number;
  readonly peak: Peak;
}

/** What patterns look at: the anomalies of one group, and what its host does now. */
export interface Situation {
  /** Time of the newest reading, in milliseconds since the epoch. */
  readonly nowMs: number;
  readonly anomalies: readonly SeenAnomaly[];
  /** The newest value of a series; NaN when there is none. */
  last(series: Descriptor): number;
  /** The samples of a series from `fromMs` until now. */
  samples(series: Descriptor, fromMs: number): Samples;
}

/** An hour around the same time on an earlier day. */
export interface EarlierDay {
  /** 1 = yesterday, 7 = a week ago. */
  readonly daysAgo: number;
  readonly mean: number;
  readonly max: number;
}

/** What looks like a pattern, unless the host is like that at this time of other days too. */
export interface Candidate {
  readonly hypothesis: Hypothesis;
  /** The series by which earlier days are judged. */
  readonly subject: Descriptor;
  /** @param days those of the last week of which there are samples, in any order. */
  isUsual(days: readonly EarlierDay[]): boolean;
}

/** Recognises something in a situation; null when it is not there. */
export type Pattern = (situation: Situation) => Candidate | null;

/** The anomalies whose peak lies above what was expected, of the metrics that are meant. */
export function risen(anomalies: readonly SeenAnomaly[], isMeant: (series: Descriptor) => boolean): SeenAnomaly[] {
  return anomalies.filter(({ series, peak }) => isMeant(series) && peak.value > peak.expected);
}

/** The upper end of the band, where it is known. */
export function mostExpected({ upper, expected }: Peak): number {
  return Number.isFinite(upper) ? upper : expected;
}

/** The total of a metric. */
export function isTotal({ labels }: Descriptor): boolean {
  return Object.keys(labels).length === 0;
}
