import type { Verdict } from '../../analytics/index.ts';
import { calm, type Episode, extend, type Group, isOdd, peakOf } from './episode.ts';
import type { WatchedSeries } from './watched-series.ts';

export type EpisodeChange = 'started' | 'worse' | 'ended';

/** Makes anomalies of odd samples, and groups of those that began within a short time. */
export interface Tracker {
  see(series: WatchedSeries, timeMs: number, value: number, verdict: Verdict): void;
  /** Ends the anomalies of series that have gone silent by the time of a reading. */
  endSilent(timeMs: number): void;
  /** Ends the anomaly of a series that is watched no longer. */
  forget(series: WatchedSeries): void;
  /** The anomalies that last. */
  open(): Episode[];
  /** The group that the next anomaly may belong to. */
  group(): Group | undefined;
  /** Goes on with the anomaly of a series, of a snapshot. */
  resume(series: WatchedSeries, episode: Episode): void;
  resumeGroup(group: Group): void;
}

const minuteMs = 60_000;
/** What belongs together began at most so far apart, or so many steps of the slower series. */
const togetherMs = 2 * minuteMs;
const togetherSteps = 3;
/** From its first anomaly to its last, so that a host where something is always odd has more than one group. */
const longestGroupMs = 10 * minuteMs;
/** An anomaly whose series has no samples for so long has ended with its last odd one. */
const silentMs = 5 * minuteMs;
const silentSteps = 10;

/** @param onChange called at each start, end and new peak. */
export function createTracker(onChange: (episode: Episode, change: EpisodeChange) => void): Tracker {
  const open = new Set<WatchedSeries>();
  let group: Group | undefined;

  function groupOf(timeMs: number, stepMs: number): Group {
    const togetherWithinMs = Math.max(togetherMs, togetherSteps * stepMs);
    if (
      group === undefined ||
      timeMs - group.newestMs > togetherWithinMs ||
      timeMs - group.startMs > Math.max(longestGroupMs, togetherWithinMs)
    )
      group = { startMs: timeMs, newestMs: timeMs, id: undefined, hypotheses: [] };
    group.newestMs = timeMs;
    return group;
  }

  function start(series: WatchedSeries, timeMs: number, value: number, verdict: Verdict): void {
    const { descriptor, stepMs } = series;
    series.episode = {
      series: descriptor,
      stepMs,
      startMs: timeMs,
      endMs: null,
      lastMs: timeMs,
      calmMs: null,
      peak: peakOf(timeMs, value, verdict),
      group: groupOf(timeMs, stepMs),
    };
    open.add(series);
    onChange(series.episode, 'started');
  }

  function ended(series: WatchedSeries, episode: Episode): void {
    series.episode = null;
    open.delete(series);
    onChange(episode, 'ended');
  }

  function forget(series: WatchedSeries): void {
    const { episode } = series;
    if (episode === null) return;
    episode.endMs = episode.calmMs ?? episode.lastMs;
    ended(series, episode);
  }

  return {
    see(series, timeMs, value, verdict) {
      const { episode } = series;
      if (episode === null) {
        if (verdict.isAnomaly) start(series, timeMs, value, verdict);
      } else if (isOdd(episode, value, verdict)) {
        if (extend(episode, timeMs, value, verdict)) onChange(episode, 'worse');
      } else if (calm(episode, timeMs)) ended(series, episode);
    },
    endSilent(timeMs) {
      for (const series of open)
        if (timeMs - series.seenMs > Math.max(silentMs, silentSteps * series.stepMs)) forget(series);
    },
    forget,
    open: () => [...open].flatMap(({ episode }) => episode ?? []),
    group: () => group,
    resume(series, episode) {
      series.episode = episode;
      open.add(series);
    },
    resumeGroup(known) {
      group = known;
    },
  };
}
