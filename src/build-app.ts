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
  const engines = retryable(async () => (await import('./engines.ts')).startEngines(host, settings, clock, log));
  const app = async () => (await engines()).app;
  return {
    app: {
      localHost: host,
      hosts: async () => (await app()).hosts(),
      hostFacts: async (name) => (await app()).hostFacts(name),
      catalog: async (name) => (await app()).catalog(name),
      queryMetric: async (query) => (await app()).queryMetric(query),
      forecastMetric: async (request, signal) => (await app()).forecastMetric(request, signal),
      findAnomalies: async (request, signal, progress) => (await app()).findAnomalies(request, signal, progress),
      queryAudit: async (query) => (await app()).queryAudit(query),
    },
    audit: deferAudit(engines, log),
    start: engines,
    async [Symbol.asyncDispose]() {
      if (engines.started()) await (await engines())[Symbol.asyncDispose]();
    },
  };
}

/** Entries keep their order: those of calls that came before the engines ran are recorded when they do. */
function deferAudit(engines: () => Promise<Engines>, log: Logger): AuditLog {
  return {
    record(entry) {
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
