import type { Clock } from '../core/clock.ts';
import { OpenManagerError, toOpenManagerError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { type DatabaseSource, databaseOf } from '../storage/database.ts';
import type { AuditEntry, AuditPage, AuditQuery } from './audit-entry.ts';
import { type AuditRow, auditRow, insertAudit, selectAudit } from './audit-store.ts';

export type { AuditEntry, AuditPage, AuditQuery };

export interface AuditLog extends AsyncDisposable {
  /** Stores the entry within 50 ms, together with others. While the database fails it waits, with up to 9,999 others. */
  record(entry: AuditEntry): void;
  /**
   * Resolves when the entry, and all before it, are on disk. When it rejects the entry is not stored and will not be.
   * @throws the database's error.
   */
  recordNow(entry: AuditEntry): Promise<void>;
  /**
   * Newest first, what was recorded before the call included.
   * @throws `invalid_argument` for a limit out of range or a foreign cursor, or the database's error.
   */
  query(query: AuditQuery): Promise<AuditPage>;
}

const flushMs = 50;
const retryMs = 1_000;
/** So many are written without waiting for the time to pass: entries that are kept long outlive the young garbage. */
const eagerSize = 256;
const groupSize = 1_000;
const queueSize = 10_000;
const limitMax = 1_000;

/** The audit log on a database, which is opened with the first entry. */
export function createAudit(source: DatabaseSource, { clock, log }: { clock: Clock; log: Logger }): AuditLog {
  const queue = createQueue(async (rows) => insertAudit(await databaseOf(source), rows), { clock, log });

  return {
    record: (entry) => queue.add(entry),
    recordNow: (entry) => queue.addNow(entry),
    async query(query) {
      assertLimit(query.limit);
      // When this fails, so does the query, or what is missing is stored later.
      await queue.flush().catch(() => {});
      return selectAudit(await databaseOf(source), query);
    },
    [Symbol.asyncDispose]: () => queue.close(),
  };
}

function assertLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= limitMax) return;
  throw new OpenManagerError('invalid_argument', `\`limit\` must be a whole number from 1 to ${limitMax}.`);
}

interface Queued {
  readonly row: AuditRow;
  /** Its caller is told when it cannot be stored, so it is not kept then. */
  readonly now: boolean;
  /** Settled with the entry's fate. */
  done?: PromiseWithResolvers<void>;
}

/** Entries on their way to the database, in order: many in one write, one write at a time. */
function createQueue(insert: (rows: AuditRow[]) => Promise<void>, { clock, log }: { clock: Clock; log: Logger }) {
  let entries: Queued[] = [];
  let timer: NodeJS.Timeout | undefined;
  let due = false;
  let writing = false;
  let failing = false;
  let lost: LostEntries | undefined;

  function schedule(): void {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        due = true;
        void write();
      },
      failing ? retryMs : flushMs,
    ).unref();
  }

  function stored(entry: Queued): Promise<void> {
    entry.done ??= Promise.withResolvers<void>();
    const { promise } = entry.done;
    void write();
    return promise;
  }

  /** Never rejects: what waits for an entry learns its fate from `done`. */
  async function write(): Promise<void> {
    if (writing) return;
    writing = true;
    try {
      while (entries.length >= eagerSize || (due && entries.length > 0) || entries.some(({ done }) => done)) {
        due = false;
        const group = entries.slice(0, groupSize);
        await insert(group.map(({ row }) => row));
        succeeded(group);
      }
    } catch (error) {
      failed(toOpenManagerError(error));
    } finally {
      due = false;
      writing = false;
    }
    if (entries.length > 0) schedule();
  }

  function succeeded(group: Queued[]): void {
    entries = entries.slice(group.length);
    for (const { done } of group) done?.resolve();
    if (failing) log.info('the audit log is written again', { lost: lost?.count ?? 0 });
    failing = false;
    if (lost) entries.push({ row: auditRow(lostEntry(lost, clock.now())), now: false });
    lost = undefined;
  }

  function failed(error: OpenManagerError): void {
    if (!failing) log.error('the audit log cannot be written; its entries wait in memory', { error });
    failing = true;
    const rejected = entries.flatMap(({ done }) => done ?? []);
    entries = entries.filter(({ now }) => !now).map(({ row, now }) => ({ row, now }));
    for (const done of rejected) done.reject(error);
  }

  async function flush(): Promise<void> {
    const last = entries.at(-1);
    if (last) await stored(last);
  }

  return {
    flush,

    add(entry: AuditEntry): void {
      if (entries.length >= queueSize) lost = countLost(lost, entry.timeMs);
      else entries.push({ row: auditRow(entry), now: false });
      if (entries.length >= eagerSize && !failing) void write();
      else schedule();
    },

    addNow(entry: AuditEntry): Promise<void> {
      const queued = { row: auditRow(entry), now: true };
      entries.push(queued);
      return stored(queued);
    },

    async close(): Promise<void> {
      try {
        while (entries.length > 0) await flush();
      } catch (error) {
        log.error('the last audit entries were not stored', { error, count: entries.length + (lost?.count ?? 0) });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

interface LostEntries {
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
}

function countLost(lost: LostEntries | undefined, timeMs: number): LostEntries {
  return {
    count: (lost?.count ?? 0) + 1,
    fromMs: Math.min(lost?.fromMs ?? timeMs, timeMs),
    toMs: Math.max(lost?.toMs ?? timeMs, timeMs),
  };
}

/** That the log has a gap belongs into the log. */
function lostEntry(lost: LostEntries, timeMs: number): AuditEntry {
  return {
    timeMs,
    subject: 'openmanager',
    roles: [],
    transport: 'internal',
    kind: 'tool',
    action: 'audit_entries_lost',
    arguments: lost,
    decision: 'allow',
    outcome: 'error',
    errorCode: 'unavailable',
    durationMs: 0,
  };
}
