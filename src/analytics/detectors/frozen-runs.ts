import { at } from '../at.ts';

/** A run of the same value that is shorter is no standstill. */
const MIN_STEPS = 16;
/** Longer by so much than the other runs of the series, ... */
const TIMES_LONGER = 8;
/** ... of which so many may have stood still, too. */
const OTHERS = 3;
/** What stands still for a longer share of the series is how it is. */
const MAX_SHARE = 0.1;

export interface Run {
  readonly start: number;
  /** The first index after it. */
  readonly end: number;
  /** How many times longer than usual runs it is, above 1 by the least margin that counts. */
  readonly timesLonger: number;
}

/**
 * Where a series that moves stands still: runs of one value, to the last bit, far longer than all but a few others, as of
 * an exporter that repeats what it last read. Those of a series that often stands still are no such.
 *
 * `values`: NaN = missing, which ends a run. Linear in the length but for sorting the runs.
 */
export function frozenRuns(values: Float64Array): Run[] {
  const runs: { start: number; end: number }[] = [];
  for (let start = 0; start < values.length; ) {
    let end = start + 1;
    while (end < values.length && at(values, end) === at(values, start)) end++;
    if (!Number.isNaN(at(values, start))) runs.push({ start, end });
    start = end;
  }
  const lengths = Float64Array.from(runs, ({ start, end }) => end - start).sort();
  const usual = TIMES_LONGER * Math.max(1, at(lengths, lengths.length - 1 - OTHERS) || 1);
  const frozen = runs.filter(({ start, end }) => end - start >= Math.max(MIN_STEPS, usual));
  const steps = frozen.reduce((sum, { start, end }) => sum + end - start, 0);
  if (steps > MAX_SHARE * values.length) return [];
  return frozen.map(({ start, end }) => ({ start, end, timesLonger: (end - start) / usual }));
}
