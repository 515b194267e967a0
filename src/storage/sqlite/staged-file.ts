import { chmodSync, closeSync, fsyncSync, mkdtempSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ErrorCode, OpenManagerError } from '../../core/errors.ts';
import { databaseFile } from './protocol.ts';

/**
 * A folder beside `target`, on the same disk and for its owner alone, in which a database is made: `target` is either
 * what it was or the whole new file. A crash leaves the folder, which may be deleted.
 */
export interface StagedFile extends Disposable {
  /** To be opened as a data directory. */
  readonly folder: string;
  readonly file: string;
  /** Makes the file durable and puts it where `target` is. */
  place(): void;
}

/** @throws `not_found` when there is no folder for `target`, `storage_read_only`, `storage_full` */
export function stageFile(target: string): StagedFile {
  const folder = withFileErrors(target, () => mkdtempSync(`${target}.partial-`));
  const file = join(folder, databaseFile);
  return {
    folder,
    file,
    place: () =>
      withFileErrors(target, () => {
        chmodSync(file, 0o600);
        sync(file);
        renameSync(file, target);
        syncFolder(dirname(target));
      }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs work on files; what the system refuses is said with the path. */
export function withFileErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(path, error);
  }
}

const codes: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'not_found',
  ENOTDIR: 'not_found',
  ENOSPC: 'storage_full',
  EDQUOT: 'storage_full',
  EACCES: 'storage_read_only',
  EPERM: 'storage_read_only',
  EROFS: 'storage_read_only',
};

export function fileError(path: string, cause: unknown): OpenManagerError {
  if (cause instanceof OpenManagerError) return cause;
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  const kind = codes[code] ?? 'unavailable';
  const what: Partial<Record<ErrorCode, string>> = {
    not_found: `There is no ${path}, or no folder for it`,
    storage_full: `No space is left for ${path}`,
    storage_read_only: `${path} cannot be read or written`,
  };
  return new OpenManagerError(kind, `${what[kind] ?? `${path} cannot be used`} (${code}). Nothing was changed.`, {
    cause,
  });
}

function sync(path: string): void {
  const handle = openSync(path, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A new name in it is durable then; Windows does so by itself, and opens no folders. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
