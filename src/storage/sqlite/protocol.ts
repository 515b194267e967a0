import type { PackedRows } from '../database.ts';

/** A value as SQLite stores it; a whole number travels as a number when it is safe, else as a bigint. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** What the worker can be asked; it answers in the order of the questions. */
export type WorkerCall =
  | { readonly kind: 'open'; readonly dataDir: string }
  | { readonly kind: 'execute'; readonly sql: string; readonly parameters: readonly SqliteValue[] }
  | { readonly kind: 'scan'; readonly sql: string; readonly parameters: readonly SqliteValue[] }
  | { readonly kind: 'scanNumbers'; readonly sql: string; readonly parameters: readonly SqliteValue[] }
  | { readonly kind: 'insertMany'; readonly sql: string; readonly rows: readonly SqliteValue[][] }
  | { readonly kind: 'dataVersion' }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'own' }
  | { readonly kind: 'disown' }
  | { readonly kind: 'close' };

export interface ExecuteResult {
  readonly rows: Record<string, SqliteValue>[];
  readonly changes: number;
  readonly lastInsertRowid: bigint;
}

/** The answer to each kind of call. */
export interface WorkerResults {
  open: null;
  execute: ExecuteResult;
  scan: PackedRows;
  scanNumbers: Float64Array;
  insertMany: null;
  /** Differs from the last answer when another connection has committed since. */
  dataVersion: number;
  rollback: null;
  own: boolean;
  disown: null;
  close: null;
}

export type WorkerRequest = WorkerCall & { readonly id: number };

export type WorkerReply =
  | { readonly id: number; readonly value: WorkerResults[WorkerCall['kind']] }
  | { readonly id: number; readonly failure: WorkerFailure };

/** An error in a form that survives the way between threads. */
export interface WorkerFailure {
  readonly message: string;
  /** SQLite's extended result code (https://www.sqlite.org/rescode.html). */
  readonly sqliteCode?: number;
  /** Node's code, e.g. `EACCES`. */
  readonly systemCode?: string;
}

/** Files in the data directory. */
export const databaseFile = 'openmanager.db';
export const ownerFile = 'owner.db';
