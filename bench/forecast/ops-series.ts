import { median } from '../support/timing.ts';

/** What the bench forecasts with `forecast`: a metric of a machine on a regular grid, NaN = missing. */
export interface OpsSeries {
  /** Machine or file. */
  readonly name: string;
  readonly metric: string;
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: Float64Array;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** How far ahead machines are forecast. */
export const HORIZONS = { '1 h': HOUR_MS, '1 d': DAY_MS } as const;
export type HorizonName = keyof typeof HORIZONS;

/** Samples at any times, in ms since the epoch. */
export interface Samples {
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
}

/**
 * A sample belongs to the nearest multiple of the step; two in one place are averaged. What ticks every 300 or 301 s falls
 * into each place once but for where it has drifted by half a step.
 */
export function toGrid({ timesMs, values }: Samples, stepMs: number): Pick<OpsSeries, 'startMs' | 'stepMs' | 'values'> {
  const places = timesMs.map((timeMs) => Math.round(timeMs / stepMs));
  const [first, last] = places.reduce(([low, high], p) => [Math.min(low, p), Math.max(high, p)], [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as [number, number]);
  const sums = new Float64Array(last - first + 1);
  const counts = new Float64Array(last - first + 1);
  for (const [i, place] of places.entries()) {
    sums[place - first] = (sums[place - first] ?? 0) + (values[i] ?? Number.NaN);
    counts[place - first] = (counts[place - first] ?? 0) + 1;
  }
  return {
    startMs: first * stepMs,
    stepMs,
    values: sums.map((sum, i) => (counts[i] === 0 ? Number.NaN : sum / (counts[i] ?? 1))),
  };
}

/** The usual distance of successive samples, in whole minutes. */
export function usualStepMs(timesMs: readonly number[]): number {
  const between = timesMs.slice(1).map((timeMs, i) => timeMs - (timesMs[i] ?? Number.NaN));
  return Math.max(1, Math.round(median(between) / 60_000)) * 60_000;
}
