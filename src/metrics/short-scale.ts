import type { ThresholdOptions, TimeToThreshold } from '../analytics/index.ts';
import type { ResourceHistory } from './capacity-history.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** What is looked at when something rises fast: how long back, which is also how far ahead. */
export const shortSpansMs: readonly number[] = [40 * minuteMs, 2 * hourMs, 6 * hourMs];
export const shortStepMs = minuteMs;
const longestMs = Math.max(...shortSpansMs);

/** Whether a resource might reach its threshold within hours, if it went on as in its last steps. */
export function risesFast({ now, recentRise, stepMs }: ResourceHistory, threshold: number): boolean {
  if (stepMs > 2 * hourMs || !(recentRise > 0)) return false;
  return recentRise * (longestMs / stepMs) >= threshold - now;
}

/** The ends of a history in short steps, each with what to ask of it. */
export function shortQuestions(
  { values, stepMs }: ResourceHistory,
  options: ThresholdOptions,
): { spanMs: number; values: Float64Array; options: ThresholdOptions }[] {
  return shortSpansMs
    .map((spanMs) => {
      const steps = Math.round(spanMs / stepMs);
      return {
        spanMs,
        values: values.slice(-steps),
        options: { ...options, stepMs, horizon: steps, exclude: [], levelSince: undefined },
      };
    })
    .filter((question) => question.values.some(Number.isFinite));
}

/** A rise of this many times the largest one before, within as long, is not what the series does anyway. */
const unusual = 1.2;

/**
 * Whether a rise in the last `spanMs` goes beyond what the long history shows in such a time: the morning of every day
 * is no emergency.
 */
export function isUnusualRise(long: ResourceHistory, short: Float64Array, spanMs: number): boolean {
  const known = short.filter(Number.isFinite);
  const rise = (known.at(-1) ?? Number.NaN) - Math.min(...known);
  const steps = Math.max(1, Math.ceil(spanMs / long.stepMs));
  const before = long.values.subarray(0, Math.max(0, long.values.length - steps - 1));
  let usual = 0;
  for (let i = 0; i < before.length; i++) {
    for (let ahead = 1; ahead <= steps; ahead++) {
      const grown = (before[i + ahead] ?? Number.NaN) - (before[i] ?? Number.NaN);
      if (grown > usual) usual = grown;
    }
  }
  return rise > unusual * usual;
}

/** A trend of minutes that is told from chance; an answer without one says nothing of the next hours. */
export function isCredible({ likely, reason, forecast }: TimeToThreshold): boolean {
  return likely !== null && reason === null && forecast !== null && forecast.model !== 'flat';
}
