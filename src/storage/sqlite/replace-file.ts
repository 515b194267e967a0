import { existsSync, linkSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OpenManagerError } from '../../core/errors.ts';
import { isBusy } from './busy.ts';
import { loadSqlite } from './load-sqlite.ts';
import { createOwnerLock } from './owner-lock.ts';
import { databaseFile, ownerFile } from './protocol.ts';
import { type StagedFile, syncFolder, withFileErrors } from './staged-file.ts';

/**
 * Runs work while no other process collects or compacts in a data directory, which exists.
 * @throws `conflict` when another process does
 */
export async function whileOwning<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const lock = createOwnerLock(join(dataDir, ownerFile));
  if (!withFileErrors(dataDir, () => lock.acquire())) throw inUse(dataDir);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/**
 * Puts a sealed database in the place of the one in a data directory: whenever it is interrupted, the old one is there or
 * the new one. The old one is kept, its path returned; undefined when there was none. Blocks.
 * @param now for the name of the old one, milliseconds since the epoch
 * @throws `conflict` when another process has the old one open
 */
export function replaceDatabase(dataDir: string, staged: StagedFile, now: number): string | undefined {
  const path = join(dataDir, databaseFile);
  if (!existsSync(path)) {
    staged.place();
    return undefined;
  }
  const kept = `${path}.before-restore-${new Date(now).toISOString().replace(/[-:.]/g, '')}`;
  withFileErrors(path, () => {
    foldLog(path, dataDir);
    linkSync(path, kept);
    // Only those of a database that cannot be opened are left; SQLite would take them for the new one's.
    for (const companion of ['-wal', '-shm'])
      if (existsSync(path + companion)) renameSync(path + companion, kept + companion);
    syncFolder(dirname(path));
  });
  staged.place();
  return kept;
}

/** Makes the database one file, by which it is also known that nobody else has it open. */
function foldLog(path: string, dataDir: string): void {
  const { DatabaseSync } = loadSqlite();
  try {
    using database = new DatabaseSync(path, { timeout: 0 });
    database.exec('pragma journal_mode = delete');
  } catch (error) {
    if (isBusy(error)) throw inUse(dataDir);
    // One that is damaged is replaced as it is.
  }
}

function inUse(dataDir: string): OpenManagerError {
  const message = `Another OpenManager uses ${dataDir}. Stop it first, assistants that started one included. Nothing was changed.`;
  return new OpenManagerError('conflict', message);
}
