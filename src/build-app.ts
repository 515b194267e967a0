import { hostname } from 'node:os';
import type { App } from './app.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import { retryable } from './core/once.ts';
import type { EngineSettings, Engines } from './engines.ts';
import type { AuditLog } from './security/audit.ts';

export interface RunningApp extends AsyncDisposable {
  readonly app: App;
  readonly audit: AuditLog;
  /** Loads and starts the engines; without it the first call does. */
  start(): Promise<Engines>;
}

/**
 * The composition root. Nothing of the engines, which are most of the program, is loaded before `start` or the first
 * call: an assistant that starts the server gets its list of tools first.
 */
export function createApp(settings: EngineSettings, clock: Clock, log: Logger): RunningApp {
  const host = hostname();
  let running: Engines | undefined;
  const engines = retryable(async () => {
    running = await (await import('./engines.ts')).startEngines(host, settings, clock, log);
    return running;
  });
  /** Once the engines run, a call reaches them without a wait of its own. */
  const use = <T>(work: (app: App) => Promise<T>): Promise<T> =>
    running ? work(running.app) : engines().then(({ app }) => work(app));
  return {
    app: {
      localHost: host,
      hosts: () => use((app) => app.hosts()),
      hostFacts: (name) => use((app) => app.hostFacts(name)),
      catalog: (name) => use((app) => app.catalog(name)),
      queryMetric: (query) => use((app) => app.queryMetric(query)),
      forecastMetric: (request, signal) => use((app) => app.forecastMetric(request, signal)),
      forecastCapacity: (request, signal, progress) => use((app) => app.forecastCapacity(request, signal, progress)),
      findAnomalies: (request, signal, progress) => use((app) => app.findAnomalies(request, signal, progress)),
      findCorrelated: (request, signal, progress) => use((app) => app.findCorrelated(request, signal, progress)),
      storedAnomalies: (query) => use((app) => app.storedAnomalies(query)),
      drawChart: (request, owner, signal) => use((app) => app.drawChart(request, owner, signal)),
      chartSvg: (id, owner) => use((app) => app.chartSvg(id, owner)),
      queryAudit: (query) => use((app) => app.queryAudit(query)),
    },
    audit: deferAudit(engines, () => running, log),
    start: engines,
    async [Symbol.asyncDispose]() {
      if (engines.started()) await (await engines())[Symbol.asyncDispose]();
    },
  };
}

/** Entries of calls that came before the engines ran are recorded, in their order, when they do. */
function deferAudit(engines: () => Promise<Engines>, running: () => Engines | undefined, log: Logger): AuditLog {
  return {
    record(entry) {
      const now = running();
      if (now) return now.audit.record(entry);
      engines().then(
        ({ audit }) => audit.record(entry),
        (error: unknown) => log.error('an audit entry was lost: the engines did not start', { error }),
      );
    },
    recordNow: async (entry) => (await engines()).audit.recordNow(entry),
    query: async (query) => (await engines()).audit.query(query),
    [Symbol.asyncDispose]: async () => {},
  };
}
