import type { Descriptor, Labels } from '../../src/core/series.ts';
import { createBuckets } from '../../src/metrics/buckets.ts';
import type { Collected, Collector } from '../../src/metrics/collector.ts';
import type { MetricStore } from '../../src/metrics/metric-store.ts';
import type { FoundSeries, Metrics } from '../../src/metrics/metrics.ts';
import type { Reading } from '../../src/metrics/reading.ts';
import { noSamples, type Samples, samplesBetween } from '../../src/metrics/samples.ts';
import { selectSeries } from '../../src/metrics/series-selection.ts';

export function series(metric: string, labels: Labels = {}, unit = '1'): Descriptor {
  return { metric, labels, unit };
}

/** `at` milliseconds since the epoch. */
export function samplesOf(...at: readonly (readonly [at: number, value: number])[]): Samples {
  return { timesMs: Float64Array.from(at, ([ms]) => ms), values: Float64Array.from(at, ([, value]) => value) };
}

export function readingOf(
  host: string,
  timestampMs: number,
  ...values: readonly (readonly [Descriptor, number])[]
): Reading {
  const descriptors = values.map(([descriptor]) => descriptor);
  return { host, timestampMs, descriptors, values: Float64Array.from(values, ([, value]) => value) };
}

/** A collector that has read this, and whose machine is idle. */
export function fakeCollector(reading: Reading): Collector {
  const collected: Collected = { reading, processes: null, inventory: null, warnings: [] };
  return { latest: () => collected, collectNow: async () => collected, [Symbol.asyncDispose]: async () => {} };
}

/** A store in memory that holds readings, each series from the first to the last of them. */
export function fakeStore(...readings: readonly Reading[]): MetricStore {
  const all = readings.flatMap(({ host, descriptors }) => descriptors.map((one) => ({ ...one, host })));
  const keys = [...new Set(all.map((one) => JSON.stringify(one)))];
  const stored = keys.map((key, id) => ({ ...(JSON.parse(key) as (typeof all)[number]), id }));
  const hosts = [...new Set(readings.map(({ host }) => host))];
  const timesOf = (host: string) => readings.filter((one) => one.host === host).map(({ timestampMs }) => timestampMs);
  return {
    append: async () => {},
    fill: async () => {},
    hosts: async () =>
      hosts.map((host) => ({ host, firstMs: Math.min(...timesOf(host)), lastMs: Math.max(...timesOf(host)) })),
    series: async (filter = {}) =>
      stored.filter(
        ({ host, metric }) =>
          (filter.host === undefined || filter.host === host) &&
          (filter.metric === undefined || filter.metric === metric),
      ),
    read: async ({ host, seriesIds, fromMs, toMs }) =>
      new Map(
        seriesIds.map((id) => {
          const found = readings.flatMap(({ descriptors, values, timestampMs, ...one }) => {
            const index = descriptors.findIndex((descriptor) => JSON.stringify({ ...descriptor, host }) === keys[id]);
            const inside = one.host === host && timestampMs >= fromMs && timestampMs < toMs && index >= 0;
            return inside ? [[timestampMs, values[index] ?? Number.NaN] as const] : [];
          });
          return [id, samplesOf(...found)];
        }),
      ),
    latest: async (host) => readings.findLast((one) => one.host === host) ?? null,
    lastOfChunks: async () => null,
    newestCollected: async (host) => Math.max(...timesOf(host)),
    insert: async () => ({ added: 0, changed: 0 }),
    readBuckets: () => Promise.reject(new Error('not in this test')),
    compact: async () => ({ chunks: 0, samples: 0 }),
    deleteOld: async () => ({ chunks: 0, readings: 0 }),
    trimmed: async () => null,
    sizeBytes: async () => 0,
  };
}

/** Metrics of the one host `here`, which has these series with these samples. */
export function fakeMetrics(intervalMs: number, ...known: readonly (readonly [Descriptor, Samples])[]): Metrics {
  const found = known.map(([one, { timesMs }], id): FoundSeries => {
    const [firstMs, lastMs] = [timesMs[0], timesMs.at(-1)];
    const span = firstMs === undefined || lastMs === undefined ? {} : { firstMs, lastMs };
    return { ...one, host: 'here', id, ...span };
  });
  const times = known.flatMap(([, { timesMs }]) => [...timesMs]);
  const summary = { host: 'here', local: true, reporting: true };
  const samples: Metrics['samples'] = async (series, { fromMs, toMs }) =>
    series.map((one) => {
      const [, all] = known[one.id ?? -1] ?? [one, noSamples];
      return { ...one, samples: samplesBetween(all, fromMs, toMs) };
    });
  return {
    localHost: 'here',
    intervalMs,
    retentionMs: 90 * 86_400_000,
    trimmed: async () => null,
    hosts: async () => [{ ...summary, firstMs: Math.min(...times), lastMs: Math.max(...times) }],
    snapshot: () => Promise.reject(new Error('not in this test')),
    catalog: async () => [],
    find: async (selection) =>
      selectSeries(
        found.filter(({ metric }) => metric === selection.metric),
        selection,
      ),
    findAll: async () => found,
    samples,
    buckets: async (series, window, grid, { tally } = {}) =>
      (await samples(series, window)).map(({ samples, ...one }) => {
        const filled = createBuckets(grid, 1, tally);
        filled.addSamples(0, samples);
        return { ...one, buckets: filled.of(0) };
      }),
    onReading: () => () => {},
  };
}
