import { sql } from 'kysely';
import { OpenManagerError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../database.ts';
import { isOurs } from './is-ours.ts';
import { openSqlite } from './open-sqlite.ts';
import type { StagedFile } from './staged-file.ts';

interface SealFileOptions {
  /** What the file is called in errors. */
  readonly name: string;
  readonly log: Logger;
  /** Looks at what is in the database, once its pages are known to be whole. */
  readonly inspect?: (database: Database) => Promise<void>;
}

/**
 * Checks a database whole, brings its schema up to date, and leaves it as one file without companions.
 * @throws `storage_corrupt` when it is damaged or none of ours; `storage_too_new`; what `inspect` throws
 */
export async function sealFile(
  { folder, file }: StagedFile,
  { name, log, inspect = async () => {} }: SealFileOptions,
): Promise<void> {
  if (!isOurs(file)) throw damaged(name);
  try {
    await using database = await openSqlite({ dataDir: folder, log });
    const { rows } = await sql<Record<string, string>>`pragma integrity_check(1)`.execute(database.db);
    if (rows[0]?.integrity_check !== 'ok') throw damaged(name);
    await inspect(database);
    await sql`pragma journal_mode = delete`.execute(database.db);
  } catch (error) {
    throw (error as OpenManagerError).code === 'storage_corrupt' ? damaged(name, error) : error;
  }
}

function damaged(name: string, cause?: unknown): OpenManagerError {
  const message = `${name} is damaged, or no database of OpenManager. Nothing was changed.`;
  return new OpenManagerError('storage_corrupt', message, { cause });
}
