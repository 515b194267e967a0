import { createApp, type RunningApp } from '../build-app.ts';
import { systemClock } from '../core/clock.ts';
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

/** The URIs of resources that a new reading of `host` changes. */
export function changedResources(host: string): string[] {
  return ['openmanager://hosts', `openmanager://hosts/${encodeURIComponent(host)}`];
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
