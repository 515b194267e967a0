import type { LevelShift } from '../analytics/index.ts';
import { formatValue } from '../core/format.ts';
import { formatAbout, formatDuration, formatTime } from '../core/time.ts';
import { gapDistances } from './coverage.ts';
import type { HistoryPlan } from './history-window.ts';
import { maxHistoryPoints } from './history-window.ts';
import type { Resampled } from './resample.ts';

/** What a reader should know of the time that a forecast is of, and of what it was made from, in sentences. */

/** That it does not go as far as was asked for. */
export function horizonNote(o: {
  askedMs: number;
  endMs: number;
  historyMs: number;
  fromMs: number | undefined;
}): string {
  const longer = o.fromMs === undefined ? '' : ', from where it was asked for; an earlier from may make it longer';
  return `No prediction after ${formatTime(o.endMs)}: ${formatDuration(o.askedMs)} was asked for, and the history is ${formatAbout(o.historyMs)} long${longer}. Nothing in it tells what comes later.`;
}

/** That a step is what is predicted at least; none where the horizon is one or longer. */
export function shortHorizonNotes(horizonMs: number, stepMs: number): string[] {
  if (horizonMs >= stepMs) return [];
  const [asked, step] = [formatDuration(horizonMs), formatDuration(stepMs)];
  return [`The horizon, ${asked}, is shorter than a step of the history: the forecast is of one step, ${step}.`];
}

/** A collector that is a little late has not ended. */
const leastLateMs = 120_000;
const longAgoMs = 60 * 86_400_000;

/** That a series ended a while ago, and where its forecast starts. */
export function endedNotes(o: {
  nowMs: number;
  /** What the forecast takes for now. */
  asOfMs: number;
  lastMs: number;
  stepMs: number;
  intervalMs: number;
}): string[] {
  const lateMs = o.nowMs - o.lastMs;
  if (lateMs <= Math.max(gapDistances * o.intervalMs, o.stepMs, leastLateMs)) return [];
  // What ended months ago is known by its date.
  const ago = lateMs < longAgoMs ? `${formatAbout(lateMs)} ago, at ` : 'at ';
  const ended = `The series ended ${ago}${formatTime(o.lastMs)}`;
  return [o.asOfMs < o.nowMs ? `${ended}: the forecast starts there, not now.` : `${ended}.`];
}

/** Why the history does not reach as far back as there is data, as a clause; undefined where it does. */
export function cutReason({ fromMs, stepMs }: HistoryPlan, wantedMs: number): string | undefined {
  if (fromMs <= wantedMs) return undefined;
  return `nothing before ${formatTime(fromMs)} was looked at, as a history has at most ${maxHistoryPoints} steps, here of ${formatDuration(stepMs)}: a longer step reaches further back`;
}

/** Lasting changes of the level that were taken out of the history. */
export function shiftNotes(shifts: readonly LevelShift[], { startMs, stepMs }: Resampled, unit: string): string[] {
  return shifts.map(({ index, before, after }) => {
    const [from, to] = [before, after].map((level) => formatValue(level, unit));
    return `Its level went from ${from} to ${to} at ${formatTime(startMs + index * stepMs)}: what was before counts as if it had been at the new level.`;
  });
}
