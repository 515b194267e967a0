import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type ErrorCode, OpenManagerError } from '../../core/errors.ts';
import { createOwnerLock } from './owner-lock.ts';
import { databaseFile } from './protocol.ts';

/**
 * A folder beside `target`, on the same disk and for its owner alone, in which a database is made: `target` is either
 * what it was or the whole new file. A crash leaves the folder, which the next one beside it deletes. Keep it by `using`: the
 * lock that tells it from what a crash left is gone when nothing refers to it any more.
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
  removeAbandoned(dirname(target));
  const folder = withFileErrors(target, () => mkdtempSync(target + suffix));
  const file = join(folder, databaseFile);
  const lock = createOwnerLock(join(folder, lockFile));
  const remove = () => removeLocked(folder, lock);
  let isOurs = false;
  try {
    isOurs = withFileErrors(target, () => acquireIn(folder, lock));
  } finally {
    if (!isOurs) remove();
  }
  if (!isOurs) return stageFile(target);
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
    [Symbol.dispose]: remove,
  };
}

const suffix = '.partial-';
/** Held while the folder is in use: a process id would mean another process in another container. */
const lockFile = 'staged.lock';

type Lock = ReturnType<typeof createOwnerLock>;

/** False when another process took the folder for abandoned, between its making and its lock. */
function acquireIn(folder: string, lock: Lock): boolean {
  const isThere = () => existsSync(join(folder, lockFile));
  try {
    return lock.acquire() && isThere();
  } catch (error) {
    if (isThere()) throw error;
    return false;
  }
}

/** Nobody can take the folder for theirs meanwhile, but on Windows, which removes no open file. */
function removeLocked(folder: string, lock: Lock): void {
  if (process.platform === 'win32') lock.release();
  try {
    // Who looks at its lock at this moment may make files anew in it.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 });
  } finally {
    lock.release();
  }
}

/** As `mkdtemp` makes it. */
const folderName = /.\.partial-[A-Za-z0-9]{6}$/;
/** What SQLite and we make in such a folder. */
const content = /^((openmanager|owner)\.db(-wal|-shm|-journal)?|staged\.lock-journal)$/;

function removeAbandoned(parent: string): void {
  for (const folder of foldersLeftIn(parent)) {
    try {
      removeIfAbandoned(folder);
    } catch {
      // It is in nobody's way, and may be another user's.
    }
  }
}

/** None where the names cannot be read: whether something can be written there is another question. */
function foldersLeftIn(parent: string): string[] {
  try {
    return readdirSync(parent, { withFileTypes: true })
      .filter((found) => found.isDirectory() && folderName.test(found.name))
      .map(({ name }) => join(parent, name));
  } catch {
    return [];
  }
}

/** Of a folder that holds anything else, or no lock, it is not known that it is ours. */
function removeIfAbandoned(folder: string): void {
  const files = readdirSync(folder, { withFileTypes: true });
  const isLock = (name: string) => name === lockFile && lstatSync(join(folder, name)).size === 0;
  if (!files.every((file) => file.isFile() && (content.test(file.name) || isLock(file.name)))) return;
  if (!files.some(({ name }) => name === lockFile)) return;
  const lock = createOwnerLock(join(folder, lockFile));
  if (lock.acquire()) removeLocked(folder, lock);
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
