import type { Clock } from '../../core/clock.ts';

/** The time between a sample and the one before it. */
export interface Interval {
  /** Counts the samples of a source from 1. */
  readonly index: number;
  /** NaN where counters cannot be compared: at the first sample, after a gap and after a jump of the wall clock. */
  readonly seconds: number;
}

/** A cumulative count, remembered from one sample to the next. */
export interface Counter {
  /**
   * How much the counter grew since the last sample; NaN without a comparable one, or when it went back by more than
   * `tolerance` (a reset). Within the tolerance it counts as no growth.
   */
  increase(value: number, interval: Interval, tolerance?: number): number;
}

/**
 * A gap of more intervals than this means that the machine slept or the process was stopped. The interval is the expected
 * one or the last one, whichever is longer, so that a source that is read less often than expected still has rates.
 */
const maxIntervals = 3;
const backwardToleranceMs = 1000;

/**
 * Measures intervals by the monotonic clock. The wall clock is watched too: on Linux the monotonic one stops while the
 * machine is suspended, so a suspend shows only as wall time that went on.
 */
export function createIntervalMeter(clock: Clock, expectedMs: number): () => Interval {
  let index = 0;
  let last = { wall: Number.NaN, monotonic: Number.NaN };
  let lastElapsedMs = 0;
  return () => {
    const time = { wall: clock.now(), monotonic: clock.monotonic() };
    const wallMs = time.wall - last.wall;
    const elapsedMs = time.monotonic - last.monotonic;
    const usualMs = Math.max(expectedMs, lastElapsedMs);
    last = time;
    lastElapsedMs = elapsedMs || 0;
    index += 1;
    const tooLong = Math.max(elapsedMs, wallMs) > maxIntervals * usualMs;
    const wentBack = wallMs < 0 || wallMs - elapsedMs < -backwardToleranceMs;
    const comparable = elapsedMs > 0 && !tooLong && !wentBack;
    return { index, seconds: comparable ? elapsedMs / 1000 : Number.NaN };
  };
}

export function createCounter(): Counter {
  let previous = Number.NaN;
  let seenAt = 0;
  return {
    increase(value, interval, tolerance = 0) {
      const comparable = seenAt === interval.index - 1 && interval.seconds > 0;
      const grown = comparable ? value - previous : Number.NaN;
      previous = value;
      seenAt = interval.index;
      if (grown >= 0) return grown;
      return grown >= -tolerance ? 0 : Number.NaN;
    },
  };
}

/** `part / whole` within 0..1; NaN when the whole is zero or either is NaN. */
export function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : Number.NaN;
}
