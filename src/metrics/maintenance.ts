import type { Clock } from '../core/clock.ts';
import { toOpenManagerError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { Database } from '../storage/database.ts';
import type { Ownership } from '../storage/ownership.ts';
import { hourAt, hourMs } from './chunk-key.ts';
import type { MetricStore } from './metric-store.ts';

/** Compresses what is an hour old and deletes what is too old, once an hour, in the one process that does so. */
export interface Maintenance extends AsyncDisposable {
  /**
   * Begins what is due and returns at once; call it after each reading.
   * @param newestMs time of the newest reading that was there before this process stored any.
   */
  run(newestMs: number): void;
}

export interface MaintenanceParts {
  readonly database: () => Promise<Database>;
  readonly store: MetricStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retentionMs: number;
  /** What chunks may take. */
  readonly maxBytes: number;
  /** Called in each round as the owner, for what else is done once an hour. */
  readonly alsoDo: (database: Database, owner: Ownership, signal: AbortSignal) => Promise<void>;
  /** Called in each round as the owner, for what else is kept for a time. */
  readonly alsoDelete: (database: Database) => Promise<void>;
}

const clockTrustMs = 172_800_000;

export function createMaintenance(parts: MaintenanceParts): Maintenance {
  const { database, store, clock, log, retentionMs, maxBytes, alsoDo, alsoDelete } = parts;
  const stopped = new AbortController();
  let running: Promise<void> | undefined;
  /** The hour up to which was compacted last. */
  let compacted: number | undefined;
  let deletedMs: number | undefined;

  async function round(newestMs: number, hour: number): Promise<void> {
    const opened = await database();
    const owner = opened.ownership('maintain');
    if (!(await owner.tryAcquire())) return;
    const made = await store.compact(owner, hour * hourMs, stopped.signal);
    compacted = hour;
    if (made.chunks > 0) log.info('history was compressed', { ...made });
    await alsoDo(opened, owner, stopped.signal);
    // A clock that is far ahead of the newest reading may be wrong, as after a start without a time server: what it
    // calls old is kept for another round.
    deletedMs ??= newestMs < clock.now() - clockTrustMs ? clock.monotonic() : Number.NEGATIVE_INFINITY;
    if (clock.monotonic() - deletedMs < hourMs) return;
    deletedMs = clock.monotonic();
    const nowMs = clock.now();
    const deleted = await store.deleteOld(owner, { fromMs: nowMs - retentionMs, maxBytes, nowMs });
    if (deleted.chunks + deleted.readings > 0) log.info('old history was deleted', { ...deleted });
    await alsoDelete(opened);
  }

  async function attempt(newestMs: number, hour: number): Promise<void> {
    try {
      await round(newestMs, hour);
    } catch (error) {
      if (!stopped.signal.aborted)
        log.warn('history could not be compressed or deleted; it is tried again', { error: toOpenManagerError(error) });
    }
  }

  return {
    run(newestMs) {
      // The journal keeps the last whole hour: what is asked for most needs no chunk.
      const hour = hourAt(clock.now() - hourMs);
      if (running !== undefined || hour === compacted || stopped.signal.aborted) return;
      running = attempt(newestMs, hour).finally(() => {
        running = undefined;
      });
    },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await running;
    },
  };
}
