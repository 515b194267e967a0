import type { DetectorSlab, Verdict } from '../../analytics/index.ts';
import type { Reading } from '../reading.ts';
import { createWatchedSeries, leftOut, type WatchedSeries } from './watched-series.ts';

export type OnVerdict = (series: WatchedSeries, timeMs: number, value: number, verdict: Verdict) => void;

export interface ScorerOptions {
  /** Called for each sample; the verdict is the slab's one object, which the next call overwrites. */
  readonly onVerdict: OnVerdict;
  /** Called when a series is forgotten, as it was silent. */
  readonly onForgotten: (series: WatchedSeries) => void;
  readonly maxSeries?: number;
}

/**
 * Finds the detector of each value of one host's readings, by the identity of the descriptors, and has it scored. What
 * it knows is a function of the samples alone, in the order of their times: the same ones, in whatever readings, give the
 * same states.
 */
export interface Scorer {
  /** Time of the newest reading; -Infinity before the first. */
  readonly timeMs: number;
  /** Scores values [`from`, `to`) of a reading that is not older than the last one. */
  score(reading: Reading, from: number, to: number): void;
  /** After the clock was set back: readings from `timeMs` on are the next ones. */
  goBack(timeMs: number): void;
  /** Forgets the series that were silent for a week. */
  forgetSilent(): void;
  series(): Iterable<WatchedSeries>;
  /** Adds a series whose detector is in the slab already. */
  add(series: WatchedSeries): void;
  /** Readings until then are learned. */
  doneUntil(timeMs: number): void;
}

/** A series that was silent for longer is new when it comes back. */
const silentMs = 7 * 86_400_000;
/** Weight of the newest step, and how much longer than usual it may count as: a pause is no new step. */
const stepGain = 0.1;
const longestStep = 3;

export function createScorer(slab: DetectorSlab, { onVerdict, onForgotten, maxSeries }: ScorerOptions): Scorer {
  const watched = createWatchedSeries(slab, { onForgotten, maxSeries });
  let timeMs = Number.NEGATIVE_INFINITY;

  return {
    get timeMs() {
      return timeMs;
    },
    score({ timestampMs, descriptors, values }, from, to) {
      timeMs = timestampMs;
      let slots = watched.slotsOf(descriptors);
      for (let i = from; i < to; i += 1) {
        const value = values[i] as number;
        const slot = slots[i] as number;
        if (slot === leftOut || !Number.isFinite(value)) continue;
        let series = watched.at(slot);
        if (series === undefined || timestampMs - series.seenMs > silentMs) {
          series = watched.renew(descriptors, i, series);
          slots = watched.slotsOf(descriptors);
        }
        if (series === undefined || timestampMs <= series.doneMs || timestampMs <= series.seenMs) continue;
        learnStep(series, timestampMs);
        series.seenMs = timestampMs;
        onVerdict(series, timestampMs, value, slab.push(series.slot, timestampMs, value));
      }
    },
    goBack(toMs) {
      timeMs = toMs - 1;
      for (const series of watched.all()) {
        series.seenMs = Math.min(series.seenMs, timeMs);
        series.doneMs = Math.min(series.doneMs, timeMs);
      }
    },
    forgetSilent() {
      for (const series of [...watched.all()]) if (timeMs - series.seenMs > silentMs) watched.forget(series);
    },
    series: watched.all,
    add: watched.add,
    doneUntil(atMs) {
      timeMs = Math.max(timeMs, atMs);
    },
  };
}

function learnStep(series: WatchedSeries, timeMs: number): void {
  const { seenMs, stepMs } = series;
  if (seenMs === Number.NEGATIVE_INFINITY) return;
  const latestMs = timeMs - seenMs;
  series.stepMs = stepMs === 0 ? latestMs : stepMs + stepGain * (Math.min(latestMs, longestStep * stepMs) - stepMs);
}
