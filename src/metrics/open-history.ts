import type { Database } from '../storage/database.ts';
import { type OpenDatabaseOptions, openDatabase } from '../storage/open-database.ts';

/**
 * Opens the database to work on its history.
 * @throws what {@link openDatabase} throws; `conflict` for half a copy, which only the command that began it may touch
 */
export async function openHistory(options: OpenDatabaseOptions): Promise<Database> {
  const database = await openDatabase(options);
  // Copies go into PostgreSQL alone: a file is put in place whole.
  if (database.kind === 'sqlite') return database;
  try {
    const { assertWhole } = await import('./copy/copy-note-store.ts');
    await assertWhole(database.db);
    return database;
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}
