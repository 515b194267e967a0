import { type ThresholdOptions, timeToThreshold } from '../../src/analytics/index.ts';
import type { AnalyticsRunner } from '../../src/analytics/runner.ts';
import { silentLogger } from '../../src/core/log.ts';
import type { Descriptor } from '../../src/core/series.ts';
import { createMetricStore, type MetricStore } from '../../src/metrics/metric-store.ts';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import { createRecentWindow } from '../../src/metrics/recent-window.ts';
import type { Database } from '../../src/storage/database.ts';
import { openSqlite } from '../../src/storage/sqlite/open-sqlite.ts';
import { fakeAnalytics } from './fake-analytics.ts';
import { fakeCollector, readingOf } from './fake-metrics.ts';
import { temporaryDir } from './temporary-dir.ts';

/** Metrics over a database of its own, of other hosts than the one that it runs on. */
export interface StoredMetrics extends AsyncDisposable {
  readonly metrics: Metrics;
  readonly store: MetricStore;
  /** Stores a value each `stepMs` before `endMs`; NaN = none. */
  insert(
    host: string,
    descriptor: Descriptor,
    values: Float64Array,
    grid: { endMs: number; stepMs: number },
  ): Promise<void>;
}

export async function openStoredMetrics(nowMs: number, intervalMs = 300_000): Promise<StoredMetrics> {
  const folder = temporaryDir();
  const database = await openSqlite({ dataDir: folder.path, log: silentLogger });
  return {
    ...metricsOver(database, nowMs, intervalMs),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** The metrics of a database as this program has them, at a time. */
export function metricsOver(database: Database, nowMs: number, intervalMs: number): Omit<StoredMetrics, symbol> {
  const store = createMetricStore(() => Promise.resolve(database));
  const metrics = createMetrics({
    localHost: 'elsewhere',
    intervalMs,
    retentionMs: 90 * 86_400_000,
    store,
    recent: createRecentWindow(),
    collector: fakeCollector(readingOf('elsewhere', nowMs)),
    clock: { now: () => nowMs, monotonic: () => 0 },
  });
  return {
    metrics,
    store,
    async insert(host, descriptor, values, { endMs, stepMs }) {
      const firstMs = endMs - values.length * stepMs;
      const known = [...values.keys()].filter((i) => Number.isFinite(values[i]));
      const samples = {
        timesMs: Float64Array.from(known, (i) => firstMs + i * stepMs),
        values: Float64Array.from(known, (i) => values[i] ?? Number.NaN),
      };
      await store.insert([{ host, descriptor, samples }]);
    },
  };
}

/** Answers about thresholds on this thread; the rest is not there. */
export function thresholdsHere(): AnalyticsRunner {
  return fakeAnalytics({
    timesToThresholds: async (questions) =>
      questions.map(({ values, options }: { values: Float64Array; options: ThresholdOptions }) =>
        timeToThreshold(values, options),
      ),
  });
}
