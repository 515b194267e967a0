import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Clock } from '../core/clock.ts';
import { type Logger, silentLogger } from '../core/log.ts';
import { type Database, type DatabaseKind, type DatabaseSource, databaseOf } from './database.ts';
import { createEventReader, type EventTopic, type StoredEvent } from './event-reader.ts';
import { lockInTransaction } from './postgres/advisory-lock.ts';
import { changeChannel } from './postgres/wake-up.ts';
import type { Schema } from './schema.ts';

export type { EventTopic, StoredEvent };

export interface Events extends Disposable {
  /**
   * Stores an event; every process on the database, this one too, learns of it within seconds of the commit.
   * @param on the transaction it belongs to. Publish last there: on PostgreSQL other publishers wait for its end.
   */
  publish(topic: EventTopic, payload: unknown, on?: Kysely<Schema>): Promise<void>;
  /** Calls `listener` for each event stored after this call, in order, once; returns how to stop it. */
  subscribe(listener: (event: StoredEvent) => void): Promise<() => void>;
}

export interface EventsOptions {
  readonly clock: Clock;
  readonly log?: Logger;
}

export function createEvents(source: DatabaseSource, { clock, log = silentLogger }: EventsOptions): Events {
  const reader = createEventReader(source, log);

  return {
    async publish(topic, payload, on) {
      const database = await databaseOf(source);
      const row = { time_ms: clock.now(), topic, payload: JSON.stringify(payload) };
      if (on) await insert(database, on, row);
      else await database.db.transaction().execute((transaction) => insert(database, transaction, row));
      // SQLite tells of the changes of others alone. In a transaction it is read there when that has ended, as there is
      // one connection; PostgreSQL notifies us too.
      reader.read();
    },
    subscribe: (listener) => reader.subscribe(listener),
    [Symbol.dispose]: () => reader[Symbol.dispose](),
  };
}

/** Deletes what was stored before `timeMs`; returns how many events. */
export async function deleteEventsBefore(on: Kysely<Schema>, timeMs: number): Promise<number> {
  const { numDeletedRows } = await on.deleteFrom('event').where('time_ms', '<', timeMs).executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/**
 * What comes before an event is stored. On PostgreSQL one publisher at a time: else an event could become visible after
 * one with a greater id, when readers have passed it.
 */
const announcements = {
  sqlite: undefined,
  postgres: sql`select ${sql.raw(lockInTransaction("'event'"))}, pg_notify(${sql.lit(changeChannel)}, '')`,
} as const satisfies Record<DatabaseKind, RawBuilder<unknown> | undefined>;

async function insert(
  { kind }: Database,
  on: Kysely<Schema>,
  row: { time_ms: number; topic: EventTopic; payload: string },
): Promise<void> {
  await announcements[kind]?.execute(on);
  await on.insertInto('event').values(row).execute();
}
