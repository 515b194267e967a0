import { type AnalyticsPool, createAnalyticsPool } from './analytics-pool.ts';
import type { App } from './app.ts';
import { type ChartDrawer, createCharts } from './charts/charts.ts';
import { createChartPool } from './charts-pool.ts';
import type { Config } from './config/schema.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import { retryable } from './core/once.ts';
import { type Collector, startCollector } from './metrics/collector.ts';
import type { MetricSource } from './metrics/collectors/collector-source.ts';
import { findAnomalies } from './metrics/find-anomalies.ts';
import { findCorrelated } from './metrics/find-correlated.ts';
import { forecastCapacity } from './metrics/forecast-capacity.ts';
import { deleteOldForecasts } from './metrics/forecast-check-store.ts';
import { forecastMetric } from './metrics/forecast-metric.ts';
import { createForecastRecords, type ForecastRecords } from './metrics/forecast-records.ts';
import { doForecastWork } from './metrics/forecast-work.ts';
import { maxHistoryBytes } from './metrics/history-limit.ts';
import { hostFacts } from './metrics/host-facts.ts';
import { createKeeper, type Gap } from './metrics/keeper.ts';
import { createMaintenance } from './metrics/maintenance.ts';
import { createMetricStore } from './metrics/metric-store.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { openHistory } from './metrics/open-history.ts';
import { type MetricQuery, queryMetric } from './metrics/query.ts';
import type { Reading } from './metrics/reading.ts';
import { createRecentWindow } from './metrics/recent-window.ts';
import { type AuditLog, createAudit } from './security/audit.ts';
import type { Database } from './storage/database.ts';
import { createEvents, deleteEventsBefore, type Events, type StoredEvent } from './storage/events.ts';

/** The engines' slice of the configuration. */
export type EngineSettings = Pick<
  Config,
  | 'dataDir'
  | 'databaseUrl'
  | 'collectIntervalSeconds'
  | 'slowIntervalSeconds'
  | 'retentionDays'
  | 'maxHistoryMegabytes'
  | 'chartTheme'
>;

/** What is known of a host has changed. */
export interface HostChange {
  readonly host: string;
  /** Of the metrics that have changed; none when only the history has. */
  readonly metrics: ReadonlySet<string>;
}

/** The parts that do the work, running. */
export interface Engines extends AsyncDisposable {
  readonly app: App;
  readonly audit: AuditLog;
  /** Calls `listener` with what a change concerns: after each reading, and when history was added by another way. */
  onChange(listener: (change: HostChange) => void): void;
}

const dayMs = 86_400_000;

/** Starts collecting and opens what is needed. A database that cannot be opened fails the calls that need it, not this. */
export async function startEngines(
  host: string,
  settings: EngineSettings,
  clock: Clock,
  log: Logger,
): Promise<Engines> {
  const database = retryable(() => openHistory({ ...settings, log }));
  const store = createMetricStore(database);
  const events = createEvents(database, { clock, log });
  const audit = createAudit(database, { clock, log });
  const analytics = createAnalyticsPool();
  const records = createForecastRecords(database, { log });
  const drawing = createChartPool();
  const intervalMs = settings.collectIntervalSeconds * 1000;
  const recent = createRecentWindow({ maxGapMs: 3 * intervalMs });
  const maintenance = createMaintenance({
    database,
    store,
    clock,
    log,
    retentionMs: settings.retentionDays * dayMs,
    maxBytes: maxHistoryBytes(settings),
    alsoDo: (opened, owner, signal) =>
      doForecastWork({ database: opened, store, metrics, analytics, records, clock, log }, owner, signal),
    alsoDelete: ({ db }) => deleteOldRows(db, clock.now()),
  });
  const keeper = createKeeper({
    host,
    database,
    store,
    clock,
    log,
    onStored: maintenance.run,
    intervalMs,
    onGap: (gap) => events.publish('gap', { host, ...gap }),
  });
  // The collector's first reading comes after this function has returned.
  let readingArrived: (reading: Reading) => void = () => {};
  const collector: Collector = startCollector({
    host,
    source: await createSource(clock, intervalMs),
    clock,
    intervalMs,
    slowIntervalMs: settings.slowIntervalSeconds * 1000,
    onReading: (reading) => {
      recent.push(reading);
      readingArrived(reading);
      keeper.keep(reading);
    },
    onWarning: (warning, cause) =>
      log.warn(`collector: ${warning}`, cause === undefined ? undefined : { error: cause }),
  });
  const metrics = createMetrics({
    localHost: host,
    intervalMs,
    retentionMs: settings.retentionDays * dayMs,
    store,
    recent,
    collector,
    clock,
  });
  readingArrived = metrics.readingArrived;
  return {
    app: appOf({ metrics, analytics, records, audit, draw: drawing.draw, theme: settings.chartTheme }),
    audit,
    onChange(listener) {
      metrics.onReading(({ host, descriptors }) =>
        listener({ host, metrics: new Set(descriptors.map(({ metric }) => metric)) }),
      );
      const history = (host: string) => {
        metrics.historyChanged();
        recent.historyChanged(host);
        listener({ host, metrics: new Set() });
      };
      const gap = (of: string, missing: Gap) => of === host && keeper.fill(missing);
      listenTo(events, { history, gap }, log);
    },
    async [Symbol.asyncDispose]() {
      for (const part of [collector, keeper, maintenance, records]) await part[Symbol.asyncDispose]();
      events[Symbol.dispose]();
      await audit[Symbol.asyncDispose]();
      await analytics[Symbol.asyncDispose]();
      await drawing[Symbol.asyncDispose]();
      if (database.started()) await (await database())[Symbol.asyncDispose]();
    },
  };
}

async function deleteOldRows(db: Database['db'], nowMs: number): Promise<void> {
  await deleteEventsBefore(db, nowMs - dayMs);
  await deleteOldForecasts(db, nowMs);
}

interface AppParts {
  readonly metrics: Metrics;
  readonly analytics: AnalyticsPool;
  readonly records: ForecastRecords;
  readonly audit: AuditLog;
  readonly draw: ChartDrawer;
  readonly theme: Config['chartTheme'];
}

function appOf({ metrics, analytics, records, audit, draw, theme }: AppParts): App {
  const query = (asked: MetricQuery) => queryMetric({ metrics, summarizer: analytics.summarize }, asked);
  const charts = createCharts({ draw, queryMetric: query, theme });
  return {
    localHost: metrics.localHost,
    hosts: () => metrics.hosts(),
    hostFacts: async (name) => hostFacts(await metrics.snapshot(name)),
    catalog: (name) => metrics.catalog(name),
    queryMetric: query,
    forecastMetric: (request, signal) => forecastMetric({ metrics, analytics, records }, request, signal),
    forecastCapacity: (request, signal, progress) =>
      forecastCapacity({ metrics, analytics }, request, signal, progress),
    findAnomalies: (request, signal, progress) => findAnomalies({ metrics, analytics }, request, signal, progress),
    findCorrelated: (request, signal, progress) => findCorrelated({ metrics, analytics }, request, signal, progress),
    drawChart: (request, owner, signal) => charts.draw(request, owner, signal),
    chartSvg: async (id, owner) => charts.svg(id, owner),
    queryAudit: (query) => audit.query(query),
  };
}

interface Listeners {
  /** Samples of the host were added, as by an import. */
  readonly history: (host: string) => void;
  /** Whoever stores the host's readings has none of that time. */
  readonly gap: (host: string, gap: Gap) => void;
}

/** What other processes tell. */
function listenTo(events: Events, listeners: Listeners, log: Logger): void {
  const heard = ({ topic, payload }: StoredEvent) => {
    const { host, ...rest } = payload as { host: string };
    if (topic === 'history') listeners.history(host);
    if (topic === 'gap') listeners.gap(host, rest as unknown as Gap);
  };
  events.subscribe(heard).catch((error: unknown) => log.warn('changes by other processes are not seen', { error }));
}

async function createSource(clock: Clock, intervalMs: number): Promise<MetricSource> {
  if (process.platform === 'linux') {
    const { createLinuxSource } = await import('./metrics/collectors/linux/index.ts');
    return createLinuxSource({ clock, intervalMs });
  }
  const { createSystemInformationSource } = await import('./metrics/collectors/system-information.ts');
  return createSystemInformationSource({ clock, intervalMs });
}
