import type { Logger } from '../core/log.ts';
import type { Secret } from '../core/secret.ts';
import type { Database } from './database.ts';

export interface OpenDatabaseOptions {
  /** Absolute path; created with mode 0700 when missing, and not used when there is a `databaseUrl`. */
  readonly dataDir: string;
  /** Of a PostgreSQL database. */
  readonly databaseUrl?: Secret | undefined;
  readonly log: Logger;
}

/** Opens the database that the configuration names: PostgreSQL when there is a URL, else SQLite in the data folder. */
export async function openDatabase({ dataDir, databaseUrl, log }: OpenDatabaseOptions): Promise<Database> {
  if (databaseUrl !== undefined) {
    const { openPostgres } = await import('./postgres/open-postgres.ts');
    return openPostgres({ databaseUrl, log });
  }
  const { openSqlite } = await import('./sqlite/open-sqlite.ts');
  return openSqlite({ dataDir, log });
}
