import { setTimeout } from 'node:timers/promises';
import { createApp, type RunningApp } from '../build-app.ts';
import { systemClock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import type { HostChange } from '../engines.ts';
import { defaultPolicy } from '../security/policy.ts';
import { createGuard } from '../server/guard.ts';
import type { McpParts } from '../server/mcp.ts';
import type { CommandContext } from './command.ts';
import { selectDefinitions } from './definitions.ts';

/** The app and what every connection to it shares. */
export interface Serving {
  readonly running: RunningApp;
  readonly parts: McpParts;
}

export function createServing({ config, log, version }: CommandContext): Serving {
  keepServing(log);
  const running = createApp(config, systemClock, log);
  const definitions = selectDefinitions(config);
  const guard = createGuard({
    app: running.app,
    tools: definitions.tools,
    audit: running.audit,
    policy: defaultPolicy,
    clock: systemClock,
    log,
  });
  return { running, parts: { version, definitions, guard } };
}

/** A defect in serving one client must not end what the others use: it is reported, with its stack, and serving goes on. */
function keepServing(log: Logger): void {
  // Whoever read our banner may be gone; the transport that needs stdout sees to its errors itself.
  process.stdout.on('error', () => {});
  process.on('uncaughtException', (error) => log.error('an error was not handled', { error }));
  process.on('unhandledRejection', (error) => log.error('a rejection was not handled', { error }));
}

const patienceMs = 5_000;

/** Ends the app once the calls under way have ended and are in the audit log; a stuck one is not waited for long. */
export async function endServing({ running, parts }: Serving): Promise<void> {
  parts.guard.endAnalyses();
  const given = new AbortController();
  const patience = setTimeout(patienceMs, undefined, { signal: given.signal }).catch(() => {});
  await Promise.race([parts.guard.settled(), patience]);
  given.abort();
  await running[Symbol.asyncDispose]();
}

/** The URIs of resources that a change concerns. */
export function changedResources(change: HostChange): string[] {
  const uri = `openmanager://hosts/${encodeURIComponent(change.host)}`;
  switch (change.kind) {
    case 'reading':
      return [
        'openmanager://hosts',
        uri,
        ...[...change.metrics].map((metric) => `${uri}/metrics/${encodeURIComponent(metric)}`),
      ];
    case 'history':
      return ['openmanager://hosts', uri];
    case 'anomalies':
      return ['openmanager://anomalies', `${uri}/anomalies`];
  }
}

/** Resolves at the first SIGINT, SIGTERM or SIGHUP; the second one ends the process at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.exit(130));
      });
    }
  });
}
