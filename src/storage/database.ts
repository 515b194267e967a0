import type { CompiledQuery, Kysely } from 'kysely';
import type { Ownership } from './ownership.ts';
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

/** The store of control data and samples. Every failure is an OpenManagerError with a code `storage_*`, `conflict` or `unavailable`. */
export interface Database extends AsyncDisposable {
  readonly kind: DatabaseKind;
  readonly db: Kysely<Schema>;
  /** Which of the processes on this database collects. */
  readonly ownership: Ownership;
  /**
   * Runs a query whose rows are (integer, integer, blob or null). They are in memory at once, so limit their number.
   */
  scan(query: CompiledQuery): Promise<PackedRows>;
  /** Bytes the database takes on disk, free pages included. */
  sizeBytes(): Promise<number>;
}

/** A database, or how to get at it: stores open it on first use, so that a start which asks nothing costs nothing. */
export type DatabaseSource = Database | (() => Promise<Database>);

export async function databaseOf(source: DatabaseSource): Promise<Database> {
  return typeof source === 'function' ? source() : source;
}
