import type { Kysely } from 'kysely';
import { OpenManagerError } from '../core/errors.ts';
import type { Schema } from './schema.ts';

/**
 * What an owner does. Several machines may share a database: each collects for its own host, and one of them compacts
 * and deletes for all.
 */
export type OwnerRole = 'maintain' | `collect:${string}`;

/**
 * The right to do a role's work, which one process on a database has at a time. A crash gives it up at once; a suspended
 * process keeps it.
 */
export interface Ownership {
  /**
   * True when this process owns. Returns at once, never waits for the other owner. Ask again at every round: it is also
   * how an owner learns that it still is one.
   */
  tryAcquire(): Promise<boolean>;
  /**
   * A transaction that commits only while this process owns: one that lost the right in between, as after a broken
   * connection, changes nothing.
   * @throws `conflict` when this process does not own.
   */
  transaction<T>(work: (transaction: Kysely<Schema>) => Promise<T>): Promise<T>;
  /** Does nothing when this process does not own. */
  release(): Promise<void>;
}

export function notOwner(): OpenManagerError {
  return new OpenManagerError('conflict', 'Another process does this now; nothing was changed.');
}
