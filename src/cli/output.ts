import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ErrorCode, OpenManagerError } from '../core/errors.ts';
import { safeName } from '../core/text.ts';

/**
 * Writes text to stdout, no faster than it is read; false when the reader had enough, as `head` has: that is no failure.
 * @throws `storage_full` or `unavailable` when it cannot be written.
 */
export async function writeToStdout(text: AsyncIterable<string>, signal: AbortSignal): Promise<boolean> {
  try {
    await pipeline(Readable.from(text), process.stdout, { end: false, signal });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EPIPE') return false;
    throw explain(error, 'stdout');
  }
}

/**
 * Writes text to a file that only this user can read; it is there when it is whole, in place of one that was there.
 * @throws `not_found`, `forbidden`, `storage_full`, `unavailable` or `invalid_argument` when it cannot be written.
 */
export async function writeToFile(path: string, text: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.partial`;
  try {
    assertReplaceable(path);
    const file = await open(beside, 'wx', 0o600);
    await pipeline(Readable.from(text), file.createWriteStream({ flush: true }), { signal });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw explain(error, path);
  }
}

/** Renaming a file over a device or a pipe would take it from everybody. */
function assertReplaceable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isFile() || found.isDirectory()) return;
  throw new OpenManagerError(
    'invalid_argument',
    `${safeName(path, 200)} is a device or a pipe, not a file: write to stdout and redirect that.`,
  );
}

function explain(error: unknown, path: string): unknown {
  const code = codeOf(error);
  const name = safeName(path, 200);
  const refusal = (kind: ErrorCode, message: string) => new OpenManagerError(kind, message, { cause: error });
  if (code === 'ENOENT' || code === 'ENOTDIR') return refusal('not_found', `There is no folder for ${name}.`);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return refusal('forbidden', `${name} may not be written by this user.`);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return refusal('storage_full', `There is no room for ${name}: what it is written to is full.`);
  if (code === 'EIO') return refusal('unavailable', `${name} cannot be written: its disk or terminal fails.`);
  if (code === 'EISDIR' || code === 'ENOTEMPTY' || code === 'EEXIST')
    return refusal('invalid_argument', `${name} is a folder, not a file.`);
  return error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
