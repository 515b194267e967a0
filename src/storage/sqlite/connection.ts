import type { PackedRows } from '../database.ts';
import type { DatabaseSync, StatementSync } from './load-sqlite.ts';
import type { ExecuteResult, SqliteValue } from './protocol.ts';

const cachedStatements = 100;

interface CachedStatement {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

/** Runs statements on an open file, which it closes in the end. Blocks. */
export function createConnection(database: DatabaseSync) {
  /** The least recently used first. */
  const statements = new Map<string, CachedStatement>();

  function prepared(sql: string): CachedStatement {
    const cached = statements.get(sql) ?? prepare(database, sql);
    statements.delete(sql);
    statements.set(sql, cached);
    const [oldest] = statements.keys();
    if (statements.size > cachedStatements && oldest !== undefined) statements.delete(oldest);
    return cached;
  }

  return {
    execute(sql: string, parameters: readonly SqliteValue[]): ExecuteResult {
      const { statement, returnsRows } = prepared(sql);
      const bound = parameters.map(bindable);
      if (returnsRows) {
        const rows = statement.all(...bound) as Record<string, SqliteValue>[];
        for (const row of rows) narrowIntegers(row);
        return { rows, changes: rows.length, lastInsertRowid: 0n };
      }
      const { changes, lastInsertRowid } = statement.run(...bound);
      return { rows: [], changes: Number(changes), lastInsertRowid: BigInt(lastInsertRowid) };
    },

    scan(sql: string, parameters: readonly SqliteValue[]): PackedRows {
      const { statement } = prepared(packing(sql));
      return unpack(statement.all(...parameters.map(bindable))[0] as unknown as PackedText);
    },

    /** Runs one statement for each row. */
    insertMany(sql: string, rows: readonly (readonly SqliteValue[])[]): void {
      const { statement } = prepared(sql);
      for (const row of rows) statement.run(...row.map(bindable));
    },

    dataVersion(): number {
      return Number(prepared('pragma data_version').statement.all()[0]?.data_version);
    },

    rollback(): void {
      // SQLite has already rolled back after some errors, e.g. a full disk.
      if (database.isTransaction) database.exec('rollback');
    },

    close(): void {
      statements.clear();
      database.close();
    },
  };
}

interface PackedText {
  readonly first: string;
  readonly second: string;
  readonly sizes: string;
  readonly bytes: string | null;
}

/**
 * Lets SQLite pack the rows of a scan: an object and a buffer for each row would cost four times the time, and memory
 * that the collector is slow to see. Hexadecimal, because text with NUL characters has undefined corners
 * (https://www.sqlite.org/nulinstr.html).
 */
function packing(sql: string): string {
  return `
    with row(first, second, bytes) as (${sql})
    select json_group_array(first) as first, json_group_array(second) as second,
      json_group_array(coalesce(length(bytes), 0)) as sizes, group_concat(hex(bytes), '') as bytes
    from row`;
}

function unpack({ first, second, sizes, bytes }: PackedText): PackedRows {
  const lengths = JSON.parse(sizes) as number[];
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = (offsets[i] as number) + length;
  });
  const packed = new Uint8Array(offsets[lengths.length] as number);
  Buffer.from(packed.buffer).write(bytes ?? '', 'hex');
  return {
    first: Float64Array.from(JSON.parse(first) as number[]),
    second: Float64Array.from(JSON.parse(second) as number[]),
    offsets,
    bytes: packed,
  };
}

function prepare(database: DatabaseSync, sql: string): CachedStatement {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  return { statement, returnsRows: statement.columns().length > 0 };
}

/** Bytes without memory of their own, as they arrive from another thread, are NULL for node:sqlite of Node 22. */
const noBytes = new Uint8Array(new ArrayBuffer(8), 0, 0);

/** Whole numbers bind as integers; node:sqlite would bind every number as a float. */
function bindable(value: SqliteValue | boolean): SqliteValue {
  if (value instanceof Uint8Array && value.byteLength === 0) return noBytes;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
}

function narrowIntegers(row: Record<string, SqliteValue>): void {
  for (const name in row) {
    const value = row[name];
    if (typeof value !== 'bigint') continue;
    const narrow = Number(value);
    if (Number.isSafeInteger(narrow)) row[name] = narrow;
  }
}
