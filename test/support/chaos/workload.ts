import { hourMs } from '../../../src/metrics/chunk-key.ts';
import type { Reading } from '../../../src/metrics/reading.ts';
import type { SeriesBatch } from '../../../src/metrics/stored-series.ts';
import { createRandom } from '../random.ts';

/** Every value follows from its series and its time, so that what is stored can be checked without a second copy. */
export function valueAt(series: number, timeMs: number): number {
  return Math.round(1e6 * Math.sin(series + timeMs / 1e7)) / 1000;
}

export const host = 'web-1';

/** A full hour from which all times are counted. */
export const startMs = 480_000 * hourMs;

export function metricOf(series: number): string {
  return `m${series}`;
}

export function seriesOfMetric(metric: string): number {
  return Number(metric.slice(1));
}

function descriptorOf(series: number): Reading['descriptors'][number] {
  return { metric: metricOf(series), labels: {}, unit: '1' };
}

/** Readings of the same series get the same descriptors, as a collector's do. */
export function createReadings(series: readonly number[]): (timestampMs: number) => Reading {
  const descriptors = series.map(descriptorOf);
  return (timestampMs) => ({
    host,
    timestampMs,
    descriptors,
    values: Float64Array.from(series, (one) => valueAt(one, timestampMs)),
  });
}

/** The series from `first`, `count` of them. */
export function seriesFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

/** Samples of many series at the same times. */
export function batchesAt(series: readonly number[], timesMs: readonly number[]): SeriesBatch[] {
  return series.map((one) => ({
    host,
    descriptor: descriptorOf(one),
    samples: {
      timesMs: Float64Array.from(timesMs),
      values: Float64Array.from(timesMs, (timeMs) => valueAt(one, timeMs)),
    },
  }));
}

export interface ImportRange {
  /** Series 0 to below. */
  readonly series: number;
  readonly fromMs: number;
  readonly hours: number;
}

/** The `n`th import of a range, at times half a second beside those of readings; it has no sample of another one. */
export function importBatch(n: number, { series, fromMs, hours }: ImportRange): SeriesBatch[] {
  const random = createRandom(n);
  const first = Math.floor(random.uniform() * series);
  const chosen = Array.from({ length: Math.min(20, series) }, (_, i) => (first + i) % series);
  const firstHour = Math.floor(random.uniform() * hours);
  const timesMs = [firstHour, (firstHour + 1) % hours]
    .toSorted((a, b) => a - b)
    .map((hour) => fromMs + hour * hourMs + (n % 3_600) * 1_000 + 500 + Math.floor(n / 3_600));
  return batchesAt(chosen, [...new Set(timesMs)]);
}
