import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { OpenManagerError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { Caller } from './caller.ts';

/** The bearer token of the HTTP transport, kept in a file that only its owner reads. */
export interface AccessToken {
  readonly path: string;
  readonly value: Secret;
  /** The caller that `presented` stands for, null when it is another text; compared in constant time. */
  authenticate(presented: string, ip: string): Caller | null;
}

/**
 * The token of a data folder, created at first use with 256 random bits and mode 0600.
 * @throws OpenManagerError `storage_read_only` when it can be neither read nor created.
 */
export function openAccessToken(dataDir: string): AccessToken {
  const path = join(dataDir, 'token');
  const value = new Secret(read(path) ?? create(dataDir, path));
  const expected = digest(value.reveal());
  return {
    path,
    value,
    authenticate: (presented, ip) =>
      timingSafeEqual(digest(presented), expected)
        ? { subject: 'token', roles: ['admin'], scopes: [], transport: 'http', ip, twoFactor: false }
        : null,
  };
}

function read(path: string): string | null {
  try {
    const token = readFileSync(path, 'utf8').trim();
    const othersMayRead = process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
    if (othersMayRead) chmodSync(path, 0o600);
    if (token.length >= 32) return token;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new OpenManagerError('storage_read_only', `The token file ${path} cannot be read (${errorCode(cause)}).`, {
      cause,
    });
  }
  throw new OpenManagerError(
    'invalid_configuration',
    `The token in ${path} is shorter than 32 characters; delete the file to get a new one.`,
  );
}

/** Written whole under another name first: of two processes that start at once, one creates it and both read the same. */
function create(dataDir: string, path: string): string {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const file = openSync(draft, 'wx', 0o600);
    writeSync(file, `${randomBytes(32).toString('base64url')}\n`);
    fsyncSync(file);
    closeSync(file);
    linkUnlessThere(draft, path);
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new OpenManagerError('storage_read_only', `The token file ${path} cannot be created (${errorCode(cause)}).`, {
      cause,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

function linkUnlessThere(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    // Some file systems have no hard links; a copy that another process may see half is the next best.
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
