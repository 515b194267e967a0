import { OpenManagerError } from '../../core/errors.ts';
import { databaseFile, type WorkerFailure } from './protocol.ts';

/** The failure of a call as one of our errors; what SQLite said stays in `cause`, its message is not repeated. */
export function sqliteError(failure: WorkerFailure): OpenManagerError {
  const cause = Object.assign(new Error(failure.message), failure);
  return describe(failure, { cause });
}

// Primary result codes, https://www.sqlite.org/rescode.html
const PERM = 3;
const BUSY = 5;
const LOCKED = 6;
const NOMEM = 7;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const TOOBIG = 18;
const CONSTRAINT = 19;
const NOTADB = 26;

const noSpace = ['ENOSPC', 'EDQUOT'];
const noAccess = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOENT', 'ELOOP'];

function describe({ sqliteCode, systemCode }: WorkerFailure, options: ErrorOptions): OpenManagerError {
  const error = (code: ConstructorParameters<typeof OpenManagerError>[0], message: string) =>
    new OpenManagerError(code, message, options);
  const primary = sqliteCode === undefined ? undefined : sqliteCode & 0xff;
  if (primary === FULL || noSpace.includes(systemCode ?? ''))
    return error(
      'storage_full',
      `No space left for ${databaseFile} in the data directory. Free some space there; ` +
        'what was stored before is intact.',
    );
  if ([READONLY, CANTOPEN, PERM].includes(primary ?? -1) || noAccess.includes(systemCode ?? ''))
    return error(
      'storage_read_only',
      `${databaseFile} in the data directory cannot be opened for writing. Make the directory and its files writable ` +
        'for the user that runs OpenManager, or choose another data directory.',
    );
  if (systemCode === 'ESTALE')
    return error(
      'unavailable',
      `${databaseFile} in the data directory was removed or replaced while it was in use. Restart OpenManager to go on ` +
        'with what is there now; a backup can be put back by "openmanager restore".',
    );
  if (primary === CORRUPT || primary === NOTADB)
    return error(
      'storage_corrupt',
      `${databaseFile} in the data directory is damaged or not a database. It was left as it is: move it away to start ` +
        'anew, or put a backup in its place.',
    );
  if (primary === BUSY || primary === LOCKED)
    return error('unavailable', 'The database is busy: another process has been writing for seconds. Try again.');
  if (primary === CONSTRAINT) return error('conflict', 'The change contradicts what is already stored.');
  if (primary === TOOBIG) return error('invalid_argument', 'A value is too large to be stored.');
  if (primary === NOMEM || primary === IOERR)
    return error('unavailable', `Reading or writing ${databaseFile} in the data directory failed. Check the disk.`);
  return error('internal', 'The database refused a statement; the log on stderr has the details.');
}
