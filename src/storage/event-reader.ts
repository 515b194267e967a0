import type { Logger } from '../core/log.ts';
import { type DatabaseSource, databaseOf } from './database.ts';

/** What one process tells the others on its database. */
export interface StoredEvent {
  /** Grows. */
  readonly id: number;
  readonly topic: EventTopic;
  /** JSON. */
  readonly payload: unknown;
}

/**
 * `history`: samples of a host were added that no collector reported; payload `{host}`. `gap`: whoever collects for a
 * host has no readings of a time, ends excluded, as it was suspended; payload `{host, fromMs, toMs}`. `anomaly`: anomalies
 * of a host have begun or ended; payload `{host}`.
 */
export type EventTopic = 'history' | 'gap' | 'anomaly';

type Listener = (event: StoredEvent) => void;

export interface EventReader extends Disposable {
  subscribe(listener: Listener): Promise<() => void>;
  /** Looks for new events, if anybody listens; returns at once. */
  read(): void;
}

const batch = 500;
const retryMs = 5_000;

/** Reads the table of events when the database may have changed, one read at a time, and hands out what is new. */
export function createEventReader(source: DatabaseSource, log: Logger): EventReader {
  /** Each with the last event that it does not get. */
  const listeners = new Map<Listener, number>();
  /** The last event that was handed out. */
  let seenId = 0;
  let reading = false;
  let again = false;
  let failing = false;
  let retry: NodeJS.Timeout | undefined;
  let stopWatching: (() => void) | undefined;

  async function lastId(): Promise<number> {
    const { db } = await databaseOf(source);
    const row = await db
      .selectFrom('event')
      .select(({ fn }) => fn.max('id').as('id'))
      .executeTakeFirst();
    return row?.id ?? 0;
  }

  async function readBatch(): Promise<boolean> {
    const { db } = await databaseOf(source);
    const rows = await db
      .selectFrom('event')
      .select(['id', 'topic', 'payload'])
      .where('id', '>', seenId)
      .orderBy('id')
      .limit(batch)
      .execute();
    for (const { id, topic, payload } of rows) {
      seenId = id;
      handOut({ id, topic: topic as EventTopic, payload: JSON.parse(payload) });
    }
    return rows.length === batch;
  }

  function handOut(event: StoredEvent): void {
    for (const [listener, afterId] of [...listeners]) {
      if (event.id <= afterId || !listeners.has(listener)) continue;
      try {
        listener(event);
      } catch (error) {
        log.error('what listens to events failed', { error, topic: event.topic });
      }
    }
  }

  async function readAll(): Promise<void> {
    reading = true;
    try {
      let more = true;
      while (more && listeners.size > 0) {
        again = false;
        more = (await readBatch()) || again;
      }
      failing = false;
    } catch (error) {
      // Whoever listened has gone, as when the program ends and its database with it.
      if (listeners.size === 0) return;
      if (!failing) log.error('events cannot be read; trying again', { error });
      failing = true;
      clearTimeout(retry);
      retry = setTimeout(read, retryMs).unref();
    } finally {
      reading = false;
    }
  }

  function read(): void {
    if (reading) again = true;
    else if (listeners.size > 0) void readAll();
  }

  function remove(listener: Listener): void {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearTimeout(retry);
    stopWatching?.();
    stopWatching = undefined;
  }

  return {
    async subscribe(listener) {
      const database = await databaseOf(source);
      const afterId = await lastId();
      if (listeners.size === 0) seenId = afterId;
      // One function may listen twice.
      const own: Listener = (event) => listener(event);
      listeners.set(own, afterId);
      stopWatching ??= database.onChange(read);
      read();
      return () => remove(own);
    },
    read,
    [Symbol.dispose]() {
      for (const listener of [...listeners.keys()]) remove(listener);
    },
  };
}
