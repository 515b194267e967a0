import type { Logger } from '../core/log.ts';
import type { Database } from './database.ts';

export interface OpenDatabaseOptions {
  /** Absolute path; created with mode 0700 when missing. */
  readonly dataDir: string;
  readonly log: Logger;
}

/** Opens the database that the configuration names. */
export async function openDatabase({ dataDir, log }: OpenDatabaseOptions): Promise<Database> {
  const { openSqlite } = await import('./sqlite/open-sqlite.ts');
  return openSqlite({ dataDir, log });
}
