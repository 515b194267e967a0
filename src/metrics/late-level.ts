import { findLateShift } from '../analytics/trend/late-shift.ts';
import type { ResourceHistory } from './capacity-history.ts';

/** A history, and the step with which the level that it has now begins, where that is not to be seen in its steps. */
export interface LeveledHistory {
  readonly history: ResourceHistory;
  readonly levelSince?: number;
}

/** A leap of so many times what a step mostly spans, and of this share of all that was seen. */
const unusual = 1.2;
const ofRange = 0.1;
/** Within so much time before the end, in the short steps, a level may have begun. */
const lateMs = 3 * 3_600_000;

/** Whether the last sample is so far from those of the hours before it that it may be of another level. */
export function leapsAtEnd({ values, leap, usualSpread }: ResourceHistory): boolean {
  if (!(leap > unusual * usualSpread)) return false;
  const known = values.filter(Number.isFinite);
  return leap > ofRange * (known.reduce((a, b) => Math.max(a, b)) - known.reduce((a, b) => Math.min(a, b)));
}

/**
 * What a history is when its last minutes are told: a disk that was tidied up in the hour that is still running, or in
 * the last one, of which the mean is neither of before nor of after it.
 * @param recent the same resource in short steps
 */
export function withLateLevel(history: ResourceHistory, recent: ResourceHistory): LeveledHistory {
  const end = recent.values.findLastIndex(Number.isFinite) + 1;
  const minutes = recent.values.subarray(0, end);
  const within = Math.min(minutes.length >> 1, Math.ceil(lateMs / recent.stepMs));
  const shift = minutes.length === 0 ? null : findLateShift(minutes, { within, lasting: [] });
  if (shift === null) return { history };
  const stepOf = (minute: number) =>
    Math.floor((recent.startMs + minute * recent.stepMs - history.startMs) / history.stepMs);
  const sums = new Map<number, { sum: number; n: number }>();
  for (let minute = shift.index; minute < end; minute++) {
    const value = minutes[minute] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const { sum, n } = sums.get(stepOf(minute)) ?? { sum: 0, n: 0 };
    sums.set(stepOf(minute), { sum: sum + value, n: n + 1 });
  }
  const values = new Float64Array(Math.max(history.values.length, stepOf(end - 1) + 1)).fill(Number.NaN);
  values.set(history.values);
  for (const [step, { sum, n }] of sums) values[step] = sum / n;
  const leveled = { ...history, values };
  // One sample may be an odd reading.
  return shift.isSingle ? { history: leveled } : { history: leveled, levelSince: stepOf(shift.index) };
}
