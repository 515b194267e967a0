import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { OpenManagerError } from '../../core/errors.ts';
import type { PackedRows } from '../database.ts';
import type { SqliteValue } from './protocol.ts';
import type { WorkerClient } from './worker-client.ts';

/** The one connection, which can also scan, and insert many rows at once. */
export interface SqliteConnection extends DatabaseConnection {
  scan(query: CompiledQuery): Promise<PackedRows>;
  scanNumbers(query: CompiledQuery): Promise<Float64Array>;
  insertMany(sql: string, rows: readonly SqliteValue[][]): Promise<void>;
}

/**
 * Kysely on the database thread. SqliteAdapter declares that there is one connection, so Kysely hands it out to one
 * caller at a time: transactions and single statements never mix.
 */
export function createSqliteDialect(worker: WorkerClient): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => createDriver(worker),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

function createDriver(worker: WorkerClient): Driver {
  const connection = createConnection(worker);
  return {
    init: async () => {},
    acquireConnection: async () => {
      connection.generation = worker.generation;
      return connection;
    },
    releaseConnection: async () => {},
    // A transaction that becomes a writer later fails with "busy" at once when another process wrote in between.
    beginTransaction: async (_connection, { accessMode }) => {
      await connection.executeQuery(CompiledQuery.raw(accessMode === 'read only' ? 'begin' : 'begin immediate'));
    },
    commitTransaction: async () => {
      await connection.executeQuery(CompiledQuery.raw('commit'));
    },
    rollbackTransaction: async () => {
      if (connection.generation === worker.generation) await worker.call({ kind: 'rollback' });
    },
    destroy: () => worker.close(),
  };
}

function createConnection(worker: WorkerClient): SqliteConnection & { generation: number } {
  const connection = {
    generation: worker.generation,
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      assertSameThread(connection.generation);
      const result = await worker.call({ kind: 'execute', sql, parameters: parameters as SqliteValue[] });
      return {
        rows: result.rows as R[],
        insertId: result.lastInsertRowid,
        numAffectedRows: BigInt(result.changes),
      };
    },
    async scan({ sql, parameters }: CompiledQuery): Promise<PackedRows> {
      assertSameThread(connection.generation);
      return worker.call({ kind: 'scan', sql, parameters: parameters as SqliteValue[] });
    },
    async scanNumbers({ sql, parameters }: CompiledQuery): Promise<Float64Array> {
      assertSameThread(connection.generation);
      return worker.call({ kind: 'scanNumbers', sql, parameters: parameters as SqliteValue[] });
    },
    async insertMany(sql: string, rows: readonly SqliteValue[][]): Promise<void> {
      assertSameThread(connection.generation);
      await worker.call({ kind: 'insertMany', sql, rows });
    },
    streamQuery(): never {
      throw new OpenManagerError('internal', 'Streaming is not supported; use scan.');
    },
  };
  return connection;

  /** What followed a lost transaction would otherwise run, and be kept, outside of any. */
  function assertSameThread(generation: number): void {
    if (generation !== worker.generation)
      throw new OpenManagerError('unavailable', 'The database was restarted in the middle of a change. Try again.');
  }
}
