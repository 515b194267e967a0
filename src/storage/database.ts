import type { CompiledQuery, Insertable, Kysely } from 'kysely';
import type { Logger } from '../core/log.ts';
import type { OwnerRole, Ownership } from './ownership.ts';
import type { Schema } from './schema.ts';

export type DatabaseKind = 'sqlite' | 'postgres';

/**
 * Rows of (integer, integer, bytes) in five buffers instead of an object a row: many thousands of small blobs cross a
 * thread without being cloned. The integers must be safe (at most 2^53 - 1 in size).
 */
export interface PackedRows {
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** `rows + 1` positions: row i's bytes are `bytes.subarray(offsets[i], offsets[i + 1])`. */
  readonly offsets: Uint32Array;
  /** Starts at the beginning of its buffer, so that blobs of whole float64 can be read through one Float64Array. */
  readonly bytes: Uint8Array;
}

/** The tables that many rows are added to at once. */
export type BulkTable = 'journal' | 'chunk';

/** The store of control data and samples. Every failure is an OpenManagerError with a code `storage_*`, `conflict`, `timeout` or `unavailable`. */
export interface Database extends AsyncDisposable {
  readonly kind: DatabaseKind;
  readonly db: Kysely<Schema>;
  /** Where is told what is found damaged. */
  readonly log: Logger;
  /** Which of the processes on this database does what. The same object for the same role. */
  ownership(role: OwnerRole): Ownership;
  /**
   * Runs a query whose rows are (integer, integer, blob or null). They are in memory at once, so limit their number.
   * @param on the transaction to run it in.
   */
  scan(query: CompiledQuery, on?: Kysely<Schema>): Promise<PackedRows>;
  /** Runs a query whose rows are all numbers: one row after the other, null as NaN. */
  scanNumbers(query: CompiledQuery): Promise<Float64Array>;
  /**
   * Adds rows within the transaction `on`, in the fastest way the database has.
   * @throws `conflict` when a key is there already; the transaction has failed then.
   */
  bulkInsert<T extends BulkTable>(on: Kysely<Schema>, table: T, rows: readonly Insertable<Schema[T]>[]): Promise<void>;
  /**
   * Within a transaction: waits until no other one that locked one of these hosts is under way, so that two which add to
   * a host's samples do it one after the other.
   */
  lockHosts(transaction: Kysely<Schema>, hostIds: readonly number[]): Promise<void>;
  /** Calls `listener`, within seconds and maybe for nothing, after another process has changed something; returns how to stop it. */
  onChange(listener: () => void): () => void;
  /** After many rows of journal and series were changed: makes their room usable again. Outside of a transaction. */
  reclaim(): Promise<void>;
  /** Bytes the database takes on disk, free pages included. */
  sizeBytes(): Promise<number>;
  /** At most so many of them hold something; as near as the database can tell. */
  usedBytes(): Promise<number>;
}

/** A database, or how to get at it: stores open it on first use, so that a start which asks nothing costs nothing. */
export type DatabaseSource = Database | (() => Promise<Database>);

export async function databaseOf(source: DatabaseSource): Promise<Database> {
  return typeof source === 'function' ? source() : source;
}
