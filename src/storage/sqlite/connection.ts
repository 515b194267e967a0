import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { PackedRows } from '../database.ts';
import { packRows } from './pack-rows.ts';
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
      const statement = database.prepare(sql);
      statement.setReturnArrays(true);
      return packRows(statement.iterate(...parameters.map(bindable)) as Iterable<unknown>);
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

function prepare(database: DatabaseSync, sql: string): CachedStatement {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  return { statement, returnsRows: statement.columns().length > 0 };
}

/** Whole numbers bind as integers; node:sqlite would bind every number as a float. */
function bindable(value: SqliteValue | boolean): SqliteValue {
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
