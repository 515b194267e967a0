import type { PackedRows } from '../database.ts';
import type { DatabaseSync, StatementSync } from './load-sqlite.ts';
import type { ExecuteResult, SqliteValue } from './protocol.ts';

const cachedStatements = 100;
/** There are few texts of scans. */
const cachedScans = 20;

interface CachedStatement {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

/** Runs statements on an open file, which it closes in the end. Blocks. */
export function createConnection(database: DatabaseSync) {
  const scans = new Map<string, StatementSync>();
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

  /** Rows as arrays, whole numbers as numbers. */
  function scanned(sql: string): StatementSync {
    const known = scans.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    if (scans.size >= cachedScans) scans.clear();
    scans.set(sql, statement);
    return statement;
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
      return pack(scanned(sql).all(...parameters.map(bindable)) as unknown as ScannedRow[]);
    },

    scanNumbers(sql: string, parameters: readonly SqliteValue[]): Float64Array {
      const rows = scanned(sql).all(...parameters.map(bindable)) as unknown as (number | null)[][];
      const width = rows[0]?.length ?? 0;
      const numbers = new Float64Array(rows.length * width);
      rows.forEach((row, i) => {
        for (let j = 0; j < width; j += 1) numbers[i * width + j] = row[j] ?? Number.NaN;
      });
      return numbers;
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
      scans.clear();
      database.close();
    },
  };
}

type ScannedRow = readonly [first: number, second: number, bytes: Uint8Array | null];

function pack(rows: readonly ScannedRow[]): PackedRows {
  const first = new Float64Array(rows.length);
  const second = new Float64Array(rows.length);
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    first[i] = row[0];
    second[i] = row[1];
    offsets[i + 1] = (offsets[i] as number) + (row[2]?.length ?? 0);
  });
  const bytes = new Uint8Array(offsets[rows.length] as number);
  rows.forEach((row, i) => {
    if (row[2] !== null) bytes.set(row[2], offsets[i]);
  });
  return { first, second, offsets, bytes };
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
