import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** What one process tells the others on its database. */
export interface StoredEvent {
  /** Grows. */
  readonly id: number;
  readonly topic: EventTopic;
  /** JSON. */
  readonly payload: unknown;
}

/** `history`: samples of a host were added that no collector reported, or removed; payload `{host}`. */
export type EventTopic = 'history';

export interface Events extends Disposable {
  /**
   * Stores an event; every process on the database, this one too, learns of it within seconds of the commit.
   * @param on the transaction it belongs to.
   */
  publish(topic: EventTopic, payload: unknown, on?: Kysely<Schema>): Promise<void>;
  /** Calls `listener` for each event stored after this call, in order, once; returns how to stop it. */
  subscribe(listener: (event: StoredEvent) => void): Promise<() => void>;
}
