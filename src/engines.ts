import { createAnalyticsPool } from './analytics-pool.ts';
import type { App } from './app.ts';
import type { Config } from './config/schema.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import { retryable } from './core/once.ts';
import { type Collector, startCollector } from './metrics/collector.ts';
import type { MetricSource } from './metrics/collectors/collector-source.ts';
import { findAnomalies } from './metrics/find-anomalies.ts';
import { forecastMetric } from './metrics/forecast-metric.ts';
import { hostFacts } from './metrics/host-facts.ts';
import { createMetricStore, type MetricStore } from './metrics/metric-store.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { queryMetric } from './metrics/query.ts';
import type { Reading } from './metrics/reading.ts';
import { createRecentWindow } from './metrics/recent-window.ts';
import { type AuditLog, createAudit } from './security/audit.ts';
import type { Database } from './storage/database.ts';
import { openDatabase } from './storage/open-database.ts';

/** The engines' slice of the configuration. */
export type EngineSettings = Pick<
  Config,
  'dataDir' | 'collectIntervalSeconds' | 'slowIntervalSeconds' | 'retentionDays'
>;

/** The parts that do the work, running. */
export interface Engines extends AsyncDisposable {
  readonly app: App;
  readonly audit: AuditLog;
  /** Calls `listener` after each reading. */
  onReading: Metrics['onReading'];
}

const retentionEveryMs = 3_600_000;
const dayMs = 86_400_000;
const clockTrustMs = 2 * dayMs;

/** Starts collecting and opens what is needed. A database that cannot be opened fails the calls that need it, not this. */
export async function startEngines(
  host: string,
  settings: EngineSettings,
  clock: Clock,
  log: Logger,
): Promise<Engines> {
  const database = retryable(() => openDatabase({ dataDir: settings.dataDir, log }));
  const store = createMetricStore(database);
  const audit = createAudit(database, { clock, log });
  const analytics = createAnalyticsPool();
  const recent = createRecentWindow();
  const keep = createKeeper({ database, store, log, clock, retentionMs: settings.retentionDays * dayMs });
  const source = await createSource(clock, settings.collectIntervalSeconds * 1000);
  // The collector's first reading comes after this function has returned.
  let readingArrived: (reading: Reading) => void = () => {};
  const collector: Collector = startCollector({
    host,
    source,
    clock,
    intervalMs: settings.collectIntervalSeconds * 1000,
    slowIntervalMs: settings.slowIntervalSeconds * 1000,
    onReading: async (reading) => {
      recent.push(reading);
      readingArrived(reading);
      await keep(reading);
    },
    onWarning: (warning, cause) =>
      log.warn(`collector: ${warning}`, cause === undefined ? undefined : { error: cause }),
  });
  const metrics = createMetrics({
    localHost: host,
    intervalMs: settings.collectIntervalSeconds * 1000,
    store,
    recent,
    collector,
    clock,
  });
  readingArrived = metrics.readingArrived;
  return {
    app: {
      localHost: host,
      hosts: () => metrics.hosts(),
      hostFacts: async (name) => hostFacts(await metrics.snapshot(name)),
      catalog: (name) => metrics.catalog(name),
      queryMetric: (query) => queryMetric(metrics, query),
      forecastMetric: (request, signal) => forecastMetric({ metrics, analytics }, request, signal),
      findAnomalies: (request, signal, progress) => findAnomalies({ metrics, analytics }, request, signal, progress),
      queryAudit: (query) => audit.query(query),
    },
    audit,
    onReading: metrics.onReading,
    async [Symbol.asyncDispose]() {
      await collector[Symbol.asyncDispose]();
      await audit[Symbol.asyncDispose]();
      await analytics[Symbol.asyncDispose]();
      if (database.started()) await (await database())[Symbol.asyncDispose]();
    },
  };
}

async function createSource(clock: Clock, intervalMs: number): Promise<MetricSource> {
  if (process.platform === 'linux') {
    const { createLinuxSource } = await import('./metrics/collectors/linux/index.ts');
    return createLinuxSource({ clock, intervalMs });
  }
  const { createSystemInformationSource } = await import('./metrics/collectors/system-information.ts');
  return createSystemInformationSource({ clock, intervalMs });
}

async function newestMs(store: MetricStore): Promise<number> {
  return Math.max(...(await store.hosts()).map(({ lastMs }) => lastMs));
}

interface KeeperParts {
  readonly database: () => Promise<Database>;
  readonly store: MetricStore;
  readonly log: Logger;
  readonly clock: Clock;
  readonly retentionMs: number;
}

/** Stores readings, and deletes old ones, while this process is the one that does so for its data folder. */
function createKeeper({ database, store, log, clock, retentionMs }: KeeperParts): (reading: Reading) => Promise<void> {
  let cleanedMs: number | undefined;
  return async (reading) => {
    if (!(await (await database()).ownership('maintain').tryAcquire())) return;
    // A clock that is far ahead of the newest reading may be wrong, as after a start without a time server: what it calls
    // old is kept for another round.
    cleanedMs ??= (await newestMs(store)) < clock.now() - clockTrustMs ? clock.monotonic() : Number.NEGATIVE_INFINITY;
    await store.append([reading]);
    if (clock.monotonic() - cleanedMs < retentionEveryMs) return;
    cleanedMs = clock.monotonic();
    const deleted = await store.deleteBefore(clock.now() - retentionMs);
    if (deleted > 0) log.info('old readings were deleted', { deleted });
  };
}
