import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Insertable,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { OpenManagerError } from '../../core/errors.ts';
import type { BulkTable, PackedRows } from '../database.ts';
import type { Schema } from '../schema.ts';
import { copyRows } from './copy.ts';
import { connectionSurvives, postgresError } from './postgres-error.ts';
import { scanNumbers, scanPacked } from './scan.ts';

/** A connection, lent by the pool, which can also scan, and insert many rows at once. */
export interface PostgresConnection extends DatabaseConnection {
  scan(query: CompiledQuery): Promise<PackedRows>;
  scanNumbers(query: CompiledQuery): Promise<Float64Array>;
  copy<T extends BulkTable>(table: T, rows: readonly Insertable<Schema[T]>[]): Promise<void>;
  /** Ends a transaction by which nothing is to be kept; never throws. */
  rollback(): Promise<void>;
  release(): void;
}

/** Kysely on a pool, with our errors. */
export function createPostgresDialect(pool: Pool): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(pool),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

function createDriver(pool: Pool): Driver {
  return {
    init: async () => {},
    async acquireConnection() {
      try {
        return createConnection(await pool.connect());
      } catch (error) {
        throw postgresError(error);
      }
    },
    releaseConnection: async (connection) => (connection as PostgresConnection).release(),
    // Named, as a server's default may be another one.
    async beginTransaction(connection, { isolationLevel = 'read committed', accessMode = 'read write' }) {
      const begin = `begin isolation level ${isolationLevel}${accessMode === 'read only' ? ' read only' : ''}`;
      await connection.executeQuery(CompiledQuery.raw(begin));
    },
    async commitTransaction(connection) {
      const { rows } = await connection.executeQuery<{ command?: string }>(CompiledQuery.raw('commit'));
      // After a statement that failed, the server answers a commit by a rollback.
      if (rows[0]?.command === 'ROLLBACK')
        throw new OpenManagerError('internal', 'A change was undone, as a part of it had failed.');
    },
    rollbackTransaction: (connection) => (connection as PostgresConnection).rollback(),
    destroy: async () => {},
  };
}

function createConnection(client: PoolClient): PostgresConnection {
  let broken = false;

  async function run<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      broken ||= !connectionSurvives(error);
      throw postgresError(error);
    }
  }

  return {
    executeQuery: <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> =>
      run(async () => {
        const { command, rowCount, rows } = await client.query({ text: sql, values: parameters as unknown[] });
        if (command === 'COMMIT' || command === 'ROLLBACK') return { rows: [{ command }] as R[] };
        return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
      }),
    scan: (query) => run(() => scanPacked(client, query)),
    scanNumbers: (query) => run(() => scanNumbers(client, query)),
    copy: (table, rows) => run(() => copyRows(client, table, rows)),
    async rollback() {
      if (broken) return;
      // A connection that cannot even do this is not used again.
      await run(() => client.query('rollback')).catch(() => {
        broken = true;
      });
    },
    release: () => client.release(broken),
    streamQuery(): never {
      throw new OpenManagerError('internal', 'Streaming is not supported; use scan.');
    },
  };
}
