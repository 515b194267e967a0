import { Kysely, sql } from 'kysely';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../database.ts';
import { migrations } from '../migrations/index.ts';
import { migrate } from '../migrations/migrate.ts';
import type { Schema } from '../schema.ts';
import { createSqliteDialect, type SqliteConnection } from './dialect.ts';
import { createWorkerClient } from './worker-client.ts';

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
  return {
    kind: 'sqlite',
    db,
    ownership: {
      tryAcquire: () => worker.call({ kind: 'own' }),
      release: async () => {
        await worker.call({ kind: 'disown' });
      },
    },
    scan: (query) => db.getExecutor().provideConnection((connection) => (connection as SqliteConnection).scan(query)),
    async sizeBytes() {
      const { rows } = await sql<{ size: number }>`
        select page_count * page_size as size from pragma_page_count(), pragma_page_size()`.execute(db);
      return rows[0]?.size ?? 0;
    },
    // Kysely's own destroy does nothing before the first query.
    [Symbol.asyncDispose]: () => worker.close(),
  };
}
