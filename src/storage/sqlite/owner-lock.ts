import { isBusy } from './busy.ts';
import { type DatabaseSync, loadSqlite } from './load-sqlite.ts';
import { createPrivately } from './open-file.ts';

/**
 * A lock that one process holds: a transaction kept open on a file of its own. The system frees it when the process
 * ends, however it ends.
 */
export function createOwnerLock(path: string) {
  let held: DatabaseSync | undefined;

  return {
    acquire(): boolean {
      held ??= tryLock(path);
      return held !== undefined;
    },
    release(): void {
      held?.close();
      held = undefined;
    },
  };
}

function tryLock(path: string): DatabaseSync | undefined {
  createPrivately(path);
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('begin exclusive');
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}
