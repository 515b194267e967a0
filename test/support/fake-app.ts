import type { App } from '../../src/app.ts';
import { OpenManagerError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/log.ts';
import type { AuditEntry, AuditLog } from '../../src/security/audit.ts';
import { localCaller } from '../../src/security/caller.ts';
import { defaultPolicy } from '../../src/security/policy.ts';
import type { AnyTool } from '../../src/server/define.ts';
import { type CallContext, createGuard, type Guard, type GuardParts } from '../../src/server/guard.ts';

/** 2026-03-01T12:00:00Z: the now of the calls that tests make. */
export const testNowMs = Date.UTC(2026, 2, 1, 12);

const fixedClock = { now: () => testNowMs, monotonic: () => 0 };

/** An app that answers what it is given; the rest fails as if it were not there. */
export function fakeApp(answers: Partial<App> = {}): App {
  const missing = () => Promise.reject(new OpenManagerError('unavailable', 'Not in this test.'));
  return {
    localHost: 'here',
    hosts: missing,
    hostFacts: missing,
    catalog: missing,
    queryMetric: missing,
    forecastMetric: missing,
    forecastCapacity: missing,
    findAnomalies: missing,
    findCorrelated: missing,
    storedAnomalies: missing,
    drawChart: missing,
    chartSvg: missing,
    queryAudit: missing,
    ...answers,
  };
}

/** An audit log that keeps its entries. */
export interface FakeAudit extends AuditLog {
  readonly entries: AuditEntry[];
}

/** `beforeStored` runs before an entry of recordNow is stored; what it throws is the log's failure. */
export function fakeAudit(beforeStored: () => Promise<void> = async () => {}): FakeAudit {
  const entries: AuditEntry[] = [];
  return {
    entries,
    record: (entry) => void entries.push(entry),
    async recordNow(entry) {
      await beforeStored();
      entries.push(entry);
    },
    query: () => Promise.reject(new Error('not in this test')),
    [Symbol.asyncDispose]: async () => {},
  };
}

export function callContext(change: Partial<CallContext> = {}): CallContext {
  return { caller: localCaller, signal: new AbortController().signal, progress: () => {}, ...change };
}

/** A guard around tools and a fake app; everything else is harmless unless given. */
export function guardOf(tools: readonly AnyTool[], change: Partial<GuardParts> = {}): Guard {
  return createGuard({
    app: fakeApp(),
    tools,
    audit: fakeAudit(),
    policy: defaultPolicy,
    clock: fixedClock,
    log: silentLogger,
    ...change,
  });
}
