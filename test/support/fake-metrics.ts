import type { Descriptor, Labels } from '../../src/core/series.ts';
import type { Collected, Collector } from '../../src/metrics/collector.ts';
import type { MetricStore } from '../../src/metrics/metric-store.ts';
import type { Metrics } from '../../src/metrics/metrics.ts';
import type { Reading } from '../../src/metrics/reading.ts';
import type { Samples } from '../../src/metrics/resample.ts';
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
    insert: async () => ({ added: 0, changed: 0 }),
    readBuckets: () => Promise.reject(new Error('not in this test')),
    compact: async () => ({ chunks: 0, samples: 0 }),
    deleteOld: async () => ({ chunks: 0, readings: 0 }),
    sizeBytes: async () => 0,
  };
}

/** Metrics of the one host `here`, which has these series with these samples. */
export function fakeMetrics(intervalMs: number, ...known: readonly (readonly [Descriptor, Samples])[]): Metrics {
  const within = ({ timesMs, values }: Samples, fromMs: number, toMs: number) => {
    const inside = [...timesMs].flatMap((ms, i) => (ms >= fromMs && ms < toMs ? [[ms, values[i] ?? 0] as const] : []));
    return samplesOf(...inside);
  };
  const readAll: Metrics['readAll'] = async (_host, { fromMs, toMs }) =>
    known.map(([one, samples]) => ({ ...one, host: 'here', samples: within(samples, fromMs, toMs) }));
  const times = known.flatMap(([, { timesMs }]) => [...timesMs]);
  const summary = { host: 'here', local: true, reporting: true };
  return {
    localHost: 'here',
    intervalMs,
    hosts: async () => [{ ...summary, firstMs: Math.min(...times), lastMs: Math.max(...times) }],
    snapshot: () => Promise.reject(new Error('not in this test')),
    catalog: async () => [],
    async read(selection, window) {
      const all = (await readAll(selection.host, window)).filter(({ metric }) => metric === selection.metric);
      const chosen = selectSeries(all, selection);
      return all.filter((one) => chosen.includes(one));
    },
    readAll,
    onReading: () => () => {},
  };
}
