import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { retryWhileBusy } from './busy.ts';
import { type DatabaseSync, loadSqlite } from './load-sqlite.ts';

/** How long a statement waits for another process that writes. */
export const busyTimeoutMs = 5_000;

/** Opens the database's file, or creates it with mode 0600, and sets what must hold for every connection. */
export function openFile(path: string): DatabaseSync {
  createPrivately(path);
  // SQLite opens a protected file read-only without a word.
  accessSync(path, constants.R_OK | constants.W_OK);
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  try {
    // Two processes that switch a new file to WAL at the same moment get "busy" without SQLite's own waiting.
    retryWhileBusy(() => database.exec('pragma journal_mode = wal'), busyTimeoutMs);
    database.exec('pragma synchronous = full; pragma fullfsync = on; pragma checkpoint_fullfsync = on');
    database.exec('pragma cache_size = -1024; pragma journal_size_limit = 16777216; pragma trusted_schema = off');
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/**
 * An empty file that only its owner may read; SQLite gives its companions (-wal, -shm) the same mode. An existing file
 * is not opened: closing it again would drop the locks this process holds on it
 * (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
export function createPrivately(path: string): void {
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
