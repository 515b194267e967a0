import { statSync } from 'node:fs';
import { sql } from 'kysely';
import { OpenManagerError } from '../../core/errors.ts';
import type { Database } from '../database.ts';
import { createPrivately } from './open-file.ts';

export interface VacuumProgress {
  readonly doneBytes: number;
  /** About what the file will have. */
  readonly totalBytes: number;
}

const lookMs = 100;

/**
 * Writes an SQLite database, as it is at one moment, to a new file without its free pages. Other processes go on reading
 * and writing (https://www.sqlite.org/lang_vacuum.html#vacuum_with_an_into_clause); it cannot be interrupted.
 * @throws `storage_full` when `path` does not fit on its disk, `unavailable` when it cannot be written otherwise
 */
export async function vacuumInto(
  { db }: Database,
  path: string,
  onProgress: (progress: VacuumProgress) => void,
): Promise<void> {
  const { rows } = await sql<{ used: number }>`
    select (page_count - freelist_count) * page_size as used
    from pragma_page_count(), pragma_freelist_count(), pragma_page_size()`.execute(db);
  const totalBytes = rows[0]?.used ?? 0;
  createPrivately(path);
  const look = setInterval(() => {
    const doneBytes = Math.min(totalBytes, statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    onProgress({ doneBytes, totalBytes });
  }, lookMs);
  try {
    await sql`vacuum into ${path}`.execute(db);
  } catch (error) {
    throw writeError(path, error);
  } finally {
    clearInterval(look);
  }
}

/** The worker's errors speak of the data directory, where all is well. */
function writeError(path: string, cause: unknown): unknown {
  const { code } = cause as Partial<OpenManagerError>;
  if (code === 'storage_full')
    return new OpenManagerError(code, `No space is left for ${path}. Nothing was changed.`, { cause });
  if (code === 'unavailable')
    return new OpenManagerError(code, `${path} cannot be written. Check its disk. Nothing was changed.`, { cause });
  return cause;
}
