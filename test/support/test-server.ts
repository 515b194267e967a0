import type { App } from '../../src/app.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/log.ts';
import type { AuditEntry } from '../../src/security/audit.ts';
import type { Caller } from '../../src/security/caller.ts';
import { defaultPolicy } from '../../src/security/policy.ts';
import type { AnalysesOptions } from '../../src/server/analyses.ts';
import type { Definitions } from '../../src/server/define.ts';
import { createGuard } from '../../src/server/guard.ts';
import { type HttpOptions, type HttpServer, startHttp } from '../../src/server/http.ts';
import type { McpParts } from '../../src/server/mcp.ts';

export interface TestParts extends McpParts {
  /** What the guard has recorded, oldest first. */
  readonly audited: readonly AuditEntry[];
}

/** The server's parts with `definitions` that need nothing of the app. */
export function testParts(
  definitions: Partial<Definitions> = {},
  clock: Clock = systemClock,
  analyses: Partial<AnalysesOptions> = {},
  app: App = {} as App,
): TestParts {
  const audited: AuditEntry[] = [];
  const offered: Definitions = { tools: [], resources: [], prompts: [], ...definitions };
  const guard = createGuard({
    app,
    tools: offered.tools,
    audit: {
      record: (entry) => void audited.push(entry),
      recordNow: async (entry) => void audited.push(entry),
      query: () => Promise.reject(new Error('not in this test')),
      [Symbol.asyncDispose]: async () => {},
    },
    policy: defaultPolicy,
    clock,
    log: silentLogger,
    analyses,
  });
  return { version: '0.0.0', definitions: offered, guard, audited };
}

export function caller(subject: string): Caller {
  return { subject, roles: ['admin'], scopes: [], transport: 'http', twoFactor: false };
}

/** The HTTP server in this process; the token of a subject is its name with `-token`. */
export function startTestServer(parts: McpParts, options: Partial<HttpOptions> = {}): Promise<HttpServer> {
  return startHttp(
    parts,
    {
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      maxBodyBytes: 10_000,
      maxSessions: 10,
      sessionIdleMs: 60_000,
      authenticate: (token) => (token.endsWith('-token') ? caller(token.slice(0, -'-token'.length)) : null),
      ...options,
    },
    systemClock,
    silentLogger,
  );
}
