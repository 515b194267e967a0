import { at } from './at.ts';

/** A phase that so many cycles have no value at is left out by habit. */
const MIN_CYCLES = 3;
/** Fewer of the steps ahead may be by chance. */
const MIN_SHARE = 0.05;

/** Steps ahead whose phase of a season was never measured. */
export interface UnseenPhases {
  readonly steps: number;
  /** In steps. */
  readonly period: number;
}

/**
 * Of the longest season that the series has three times: a machine that is off each night, or a step finer than what is
 * measured. Null where there is none, or next to none. `known`: NaN = missing; `from` and `to`: the steps ahead, counted
 * from the end of `known`, the last one exclusive.
 */
export function findUnseenPhases(
  known: Float64Array,
  periods: readonly number[],
  { from, to }: { from: number; to: number },
): UnseenPhases | null {
  const period = periods.findLast((p) => MIN_CYCLES * p <= known.length);
  if (period === undefined) return null;
  const isSeen = new Uint8Array(period);
  for (let i = 0; i < known.length; i++) if (!Number.isNaN(at(known, i))) isSeen[i % period] = 1;
  let steps = 0;
  for (let i = from; i < to; i++) if (isSeen[(known.length + i) % period] === 0) steps++;
  return steps > MIN_SHARE * (to - from) ? { steps, period } : null;
}
