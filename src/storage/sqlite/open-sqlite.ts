import { Kysely, sql } from 'kysely';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../database.ts';
import { migrations } from '../migrations/index.ts';
import { migrate } from '../migrations/migrate.ts';
import { notOwner, type OwnerRole, type Ownership } from '../ownership.ts';
import type { Schema } from '../schema.ts';
import { createChangeWatch } from './change-watch.ts';
import { createSqliteDialect, type SqliteConnection } from './dialect.ts';
import { busyTimeoutMs } from './open-file.ts';
import type { SqliteValue } from './protocol.ts';
import { createWorkerClient, type WorkerClient } from './worker-client.ts';

export interface OpenSqliteOptions {
  /** Absolute path; created with mode 0700 when missing. */
  readonly dataDir: string;
  readonly log: Logger;
}

/**
 * Opens `openmanager.db` in the data directory, creates it (mode 0600) or brings its schema up to date.
 * @throws `storage_read_only`, `storage_full`, `storage_corrupt`, `storage_too_new`, or `unavailable` when another
 * process keeps the database locked for more than five seconds. An existing file is never replaced or removed.
 */
export async function openSqlite({ dataDir, log }: OpenSqliteOptions): Promise<Database> {
  const worker = createWorkerClient({ dataDir, log });
  const db = new Kysely<Schema>({ dialect: createSqliteDialect(worker) });
  try {
    await worker.call({ kind: 'open', dataDir });
    await migrate(db, 'sqlite', migrations);
  } catch (error) {
    await worker.close();
    throw error;
  }
  const watch = createChangeWatch(() => worker.call({ kind: 'dataVersion' }));
  const ownership = createOwnership(worker, db);
  const connection = <T>(on: Kysely<Schema>, use: (connection: SqliteConnection) => Promise<T>): Promise<T> =>
    on.getExecutor().provideConnection((it) => use(it as SqliteConnection));
  return {
    kind: 'sqlite',
    db,
    log,
    ownership,
    scan: (query, on = db) => connection(on, (it) => it.scan(query)),
    scanNumbers: (query) => connection(db, (it) => it.scanNumbers(query)),
    async bulkInsert(on, table, rows) {
      const [first] = rows;
      if (first === undefined) return;
      const columns = Object.keys(first);
      const statement = `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`;
      const values = rows.map((row) => columns.map((column) => row[column as keyof typeof row] as SqliteValue));
      await connection(on, (it) => it.insertMany(statement, values));
    },
    // A write transaction is the only one there is.
    lockHosts: async () => {},
    reclaim: () => emptyLog(db),
    onChange: watch.onChange,
    async sizeBytes() {
      const { rows } = await sql<{ size: number }>`
        select page_count * page_size as size from pragma_page_count(), pragma_page_size()`.execute(db);
      return rows[0]?.size ?? 0;
    },
    async usedBytes() {
      const { rows } = await sql<{ size: number }>`
        select (page_count - freelist_count) * page_size as size
        from pragma_page_count(), pragma_freelist_count(), pragma_page_size()`.execute(db);
      return rows[0]?.size ?? 0;
    },
    // Kysely's own destroy does nothing before the first query.
    async [Symbol.asyncDispose]() {
      watch.stop();
      await worker.close();
    },
  };
}

/** Moves the write-ahead log into the file and cuts it, unless another process is in the way. */
function emptyLog(db: Kysely<Schema>): Promise<void> {
  const wait = (ms: number) => sql.raw(`pragma busy_timeout = ${ms}`);
  return db.connection().execute(async (connection) => {
    await wait(0).execute(connection);
    try {
      await sql`pragma wal_checkpoint(truncate)`.execute(connection);
    } finally {
      await wait(busyTimeoutMs).execute(connection);
    }
  });
}

/**
 * One lock for all roles: processes on one data directory are on one machine.
 */
function createOwnership(worker: WorkerClient, db: Kysely<Schema>): Database['ownership'] {
  const held = new Set<OwnerRole>();
  const roles = new Map<OwnerRole, Ownership>();

  function create(role: OwnerRole): Ownership {
    const tryAcquire = async () => {
      const owns = await worker.call({ kind: 'own' });
      if (owns) held.add(role);
      return owns;
    };
    return {
      tryAcquire,
      async transaction(work) {
        if (!held.has(role) || !(await tryAcquire())) throw notOwner();
        return db.transaction().execute(work);
      },
      async release() {
        if (held.delete(role) && held.size === 0) await worker.call({ kind: 'disown' });
      },
    };
  }

  return (role) => {
    const known = roles.get(role) ?? create(role);
    roles.set(role, known);
    return known;
  };
}
