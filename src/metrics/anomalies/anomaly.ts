import type { AnomalyKind } from '../../analytics/index.ts';
import type { Descriptor } from '../../core/series.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { Severity } from './severity.ts';

/** An interval in which a series was odd. Times are milliseconds since the epoch, the end exclusive. */
export interface Anomaly extends Descriptor {
  /** Outside of the band, odd as a whole within it, or standing still. */
  readonly kind: AnomalyKind;
  /** What to write behind values, as `shownUnit` tells by all that was looked at. */
  readonly shownUnit: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly peakMs: number;
  /** The series' value, its expectation and its band at the peak, in the series' unit. */
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** 0..1. */
  readonly score: number;
  readonly severity: Severity;
  /** Undefined where it was not flagged as its samples arrived. */
  readonly flagged?: Flagged | undefined;
}

/** That an interval was flagged as its samples arrived. */
export interface Flagged {
  /** When, in milliseconds since the epoch. */
  readonly timeMs: number;
  /** The same for all that began together. */
  readonly group: number;
  /** What the group may mean. */
  readonly hypotheses: readonly Hypothesis[];
}
