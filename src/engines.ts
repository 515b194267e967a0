import { type AnalyticsPool, createAnalyticsPool } from './analytics-pool.ts';
import type { App } from './app.ts';
import { type ChartDrawer, createCharts } from './charts/charts.ts';
import { createChartPool } from './charts-pool.ts';
import type { Config } from './config/schema.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import { retryable } from './core/once.ts';
import { deleteOldAnomalies } from './metrics/anomalies/anomaly-store.ts';
import { deleteOldStates } from './metrics/anomalies/detector-state-store.ts';
import { findStoredAnomalies, type StoredAnomalyQuery } from './metrics/anomalies/find-stored-anomalies.ts';
import { createLiveDetection } from './metrics/anomalies/live-detection.ts';
import { createTurns } from './metrics/anomalies/turns.ts';
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
import { createKeeper, type Gap, type Keeper } from './metrics/keeper.ts';
import { createMaintenance } from './metrics/maintenance.ts';
import { createMetricStore } from './metrics/metric-store.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { openHistory } from './metrics/open-history.ts';
import { type MetricQuery, queryMetric } from './metrics/query.ts';
import type { Reading } from './metrics/reading.ts';
import { createRecentWindow, type RecentWindow } from './metrics/recent-window.ts';
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

/** What is known of a host has changed: by a reading, by history that was added, or by an anomaly that began or ended. */
export type HostChange =
  | { readonly kind: 'reading'; readonly host: string; readonly metrics: ReadonlySet<string> }
  | { readonly kind: 'history' | 'anomalies'; readonly host: string };

/** The parts that do the work, running. */
export interface Engines extends AsyncDisposable {
  readonly app: App;
  readonly audit: AuditLog;
  /** Calls `listener` with what a change concerns, whichever process made it. */
  onChange(listener: (change: HostChange) => void): void;
}

const dayMs = 86_400_000;
/** After which the state of a detector tells nothing: a series that was silent for so long is new. */
const weekMs = 7 * dayMs;
/** Scored in one turn of the event loop: some two milliseconds. */
const valuesAtOnce = 2_000;

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
    alsoDelete: ({ db }) => deleteOldRows(db, clock.now(), settings.retentionDays * dayMs),
  });
  const ofHost = { host, database, store, clock, log };
  const detection = createLiveDetection({ ...ofHost, recent, events, turns: createTurns(valuesAtOnce) });
  const keeper = createKeeper({
    ...ofHost,
    onStored: maintenance.run,
    onOwner: detection.setOwner,
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
      detection.take(reading);
      keeper.keep(reading);
    },
    onWarning: (warning, error) => log.warn(`collector: ${warning}`, error === undefined ? undefined : { error }),
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
    app: appOf({ database, metrics, analytics, records, audit, draw: drawing.draw, theme: settings.chartTheme }),
    audit,
    onChange: (listener) => hearOfChanges({ host, metrics, recent, keeper, events, log }, listener),
    async [Symbol.asyncDispose]() {
      for (const part of [collector, keeper, detection, maintenance, records]) await part[Symbol.asyncDispose]();
      events[Symbol.dispose]();
      await audit[Symbol.asyncDispose]();
      await analytics[Symbol.asyncDispose]();
      await drawing[Symbol.asyncDispose]();
      if (database.started()) await (await database())[Symbol.asyncDispose]();
    },
  };
}

async function deleteOldRows(db: Database['db'], nowMs: number, retentionMs: number): Promise<void> {
  await deleteEventsBefore(db, nowMs - dayMs);
  await deleteOldAnomalies(db, nowMs - retentionMs);
  await deleteOldStates(db, nowMs - weekMs);
  await deleteOldForecasts(db, nowMs);
}

interface AppParts {
  readonly database: () => Promise<Database>;
  readonly metrics: Metrics;
  readonly analytics: AnalyticsPool;
  readonly records: ForecastRecords;
  readonly audit: AuditLog;
  readonly draw: ChartDrawer;
  readonly theme: Config['chartTheme'];
}

function appOf({ database, metrics, analytics, records, audit, draw, theme }: AppParts): App {
  const query = (asked: MetricQuery) => queryMetric({ metrics, summarizer: analytics.summarize }, asked);
  const storedAnomalies = (asked: StoredAnomalyQuery) => findStoredAnomalies({ metrics, database }, asked);
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
    findAnomalies: (request, signal, progress) =>
      findAnomalies({ metrics, analytics, flagged: storedAnomalies }, request, signal, progress),
    storedAnomalies,
    findCorrelated: (request, signal, progress) => findCorrelated({ metrics, analytics }, request, signal, progress),
    drawChart: (request, owner, signal) => charts.draw(request, owner, signal),
    chartSvg: async (id, owner) => charts.svg(id, owner),
    queryAudit: (query) => audit.query(query),
  };
}

interface ChangeParts {
  readonly host: string;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly recent: RecentWindow;
  readonly keeper: Keeper;
  readonly events: Events;
  readonly log: Logger;
}

/** Those that this process makes, and those that others tell of. */
function hearOfChanges(parts: ChangeParts, listener: (change: HostChange) => void): void {
  const { metrics, recent, keeper, events, log } = parts;
  metrics.onReading(({ host, descriptors }) =>
    listener({ kind: 'reading', host, metrics: new Set(descriptors.map(({ metric }) => metric)) }),
  );
  const heard = ({ topic, payload }: StoredEvent) => {
    const { host, ...rest } = payload as { host: string };
    if (topic === 'history') {
      metrics.historyChanged();
      recent.historyChanged(host);
      listener({ kind: 'history', host });
    }
    // Whoever stores this host's readings has none of that time.
    if (topic === 'gap' && host === parts.host) keeper.fill(rest as unknown as Gap);
    if (topic === 'anomaly') listener({ kind: 'anomalies', host });
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
