import { existsSync, linkSync, rmSync } from 'node:fs';
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
  const kept = `${path}.before-restore-${new Date(now).toISOString().replace(/[-:.]/g, '')}`;
  const found = ['', '-wal', '-shm'].filter((suffix) => existsSync(path + suffix));
  withFileErrors(path, () => keepOld(path, kept, found, dataDir));
  staged.place();
  return found.length > 0 ? kept : undefined;
}

/** Leaves no write-ahead log behind, which SQLite would take for the new database's. */
function keepOld(path: string, kept: string, found: readonly string[], dataDir: string): void {
  const companions = found.filter((suffix) => suffix !== '');
  for (const suffix of companions) linkSync(path + suffix, kept + suffix);
  const folded = found.includes('') ? foldLog(path) : 'damaged';
  for (const suffix of companions) rmSync((folded === 'damaged' ? path : kept) + suffix, { force: true });
  if (folded === 'in use') throw inUse(dataDir);
  if (found.includes('')) linkSync(path, kept);
  syncFolder(dirname(path));
}

/** Makes the database one file, by which it is also known that nobody else has it open. */
function foldLog(path: string): 'folded' | 'damaged' | 'in use' {
  const { DatabaseSync } = loadSqlite();
  try {
    using database = new DatabaseSync(path, { timeout: 0 });
    database.exec('pragma journal_mode = delete');
    return 'folded';
  } catch (error) {
    return isBusy(error) ? 'in use' : 'damaged';
  }
}

function inUse(dataDir: string): OpenManagerError {
  const message = `Another OpenManager uses ${dataDir}. Stop it first, assistants that started one included. Nothing was changed.`;
  return new OpenManagerError('conflict', message);
}
