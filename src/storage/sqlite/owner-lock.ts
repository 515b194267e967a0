import { isBusy } from './busy.ts';
import { identifyFile } from './file-identity.ts';
import { type DatabaseSync, loadSqlite } from './load-sqlite.ts';
import { createPrivately } from './open-file.ts';

/**
 * A lock that one process holds: a transaction kept open on a file of its own. The system frees it when the process
 * ends, however it ends.
 */
export function createOwnerLock(path: string) {
  let held: DatabaseSync | undefined;
  let isSameFile = () => true;

  function release(): void {
    held?.close();
    held = undefined;
  }

  return {
    acquire(): boolean {
      // Of a file that was removed or replaced the lock says nothing: others lock the new one.
      if (!isSameFile()) release();
      if (held !== undefined) return true;
      held = tryLock(path);
      isSameFile = identifyFile(path);
      return held !== undefined;
    },
    release,
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
