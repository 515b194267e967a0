import { hourMs } from '../../src/metrics/chunk-key.ts';
import { createMetricStore, type MetricStore } from '../../src/metrics/metric-store.ts';
import type { Reading } from '../../src/metrics/reading.ts';
import { createMetricMix } from '../support/metric-mix.ts';
import type { Place } from './engines.ts';

export const seriesCount = 1000;
export const stepMs = 15_000;
/** The start of a month: 17 days of samples stay within it. */
export const startMs = Date.UTC(2023, 10, 1);
export const ticksPerHour = hourMs / stepMs;
const host = 'bench';
/** Ticks a transaction while a history is built; a collector has one. */
export const ticksAtOnce = 4;

const descriptors = Array.from({ length: seriesCount }, (_, i) => {
  return { metric: 'bench.value', labels: { series: String(i) }, unit: '1' };
});

/** The readings of one host, always the same ones: every store gets the same samples. */
export function* readings(): Generator<Reading, never> {
  const mix = createMetricMix({ series: seriesCount, seed: 7 });
  for (let tick = 0; ; tick++) {
    yield { host, timestampMs: startMs + tick * stepMs, descriptors, values: mix.next().slice() };
  }
}

/** The next `count` of `source`. */
export function take<T>(source: Iterator<T, never>, count: number): T[] {
  return Array.from({ length: count }, () => source.next().value);
}

/** Samples of all series at each tick from `startMs` up to `endMs`, as the program leaves them. */
export interface History {
  readonly place: Place;
  readonly store: MetricStore;
  readonly host: string;
  readonly seriesIds: readonly number[];
  readonly endMs: number;
  readonly points: number;
  /** Of them, those that are in chunks. */
  readonly chunkPoints: number;
  /** What comes next. */
  readonly upcoming: Iterator<Reading, never>;
  readonly buildSeconds: number;
}

/** Appends `ticks` readings, and compacts as hours pass: the journal keeps the last whole hour and what follows it. */
export async function buildHistory(place: Place, ticks: number): Promise<History> {
  const started = performance.now();
  const store = createMetricStore(place.database);
  const upcoming = readings();
  let endMs = startMs;
  for (let tick = 0; tick < ticks; tick += ticksAtOnce) {
    await store.append(take(upcoming, ticksAtOnce));
    endMs += ticksAtOnce * stepMs;
    if ((endMs - startMs) % hourMs === 0) await compact(place, store, endMs - hourMs);
  }
  const series = await store.series({ host });
  return {
    place,
    store,
    host,
    seriesIds: series.map(({ id }) => id),
    endMs,
    points: seriesCount * ticks,
    chunkPoints: seriesCount * ticksPerHour * Math.max(0, Math.floor((endMs - startMs) / hourMs) - 1),
    upcoming,
    buildSeconds: (performance.now() - started) / 1000,
  };
}

async function compact(place: Place, store: MetricStore, beforeMs: number): Promise<void> {
  const owner = place.database.ownership('maintain');
  await owner.tryAcquire();
  await store.compact(owner, beforeMs, new AbortController().signal);
  await place.tidy();
}
