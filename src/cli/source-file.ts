import { createReadStream, statSync } from 'node:fs';
import { addAbortSignal, pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { OpenManagerError } from '../core/errors.ts';
import { safeName } from '../core/text.ts';

/** Bytes of a file or of stdin; of a file that ends in .gz what is compressed in it. */
export interface SourceFile {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** How much has been read, from 0 to 1; NaN when the size is not known. */
  readShare(): number;
}

/**
 * @param path `-` is stdin.
 * @throws `not_found`, `invalid_argument` or `forbidden`, here or from `bytes`, when it cannot be read.
 */
export function openSource(path: string, signal: AbortSignal): SourceFile {
  if (path === '-')
    return { bytes: explained(addAbortSignal(signal, process.stdin), 'stdin'), readShare: () => Number.NaN };
  const size = sizeOf(path);
  const file = createReadStream(path, { highWaterMark: 262_144 });
  const content = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => {}) : file;
  return {
    bytes: explained(addAbortSignal(signal, content), path),
    readShare: () => (size > 0 ? Math.min(1, file.bytesRead / size) : Number.NaN),
  };
}

/**
 * The whole text of a source.
 * @throws `invalid_argument` when it has more than `maxBytes`.
 */
export async function readWhole(bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bytes) {
    size += part.length;
    if (size > maxBytes)
      throw new OpenManagerError(
        'invalid_argument',
        `The file holds more than ${maxBytes / 1024 ** 2} MiB, which is the limit. Import it in parts.`,
      );
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function sizeOf(path: string): number {
  try {
    const found = statSync(path);
    if (found.isDirectory())
      throw new OpenManagerError('invalid_argument', `${safeName(path)} is a folder, not a file.`);
    return found.isFile() ? found.size : 0;
  } catch (error) {
    throw explain(error, path);
  }
}

async function* explained(content: Readable, name: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of content) yield bytes as Uint8Array;
  } catch (error) {
    throw explain(error, name);
  }
}

function explain(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const name = safeName(path, 200);
  const refusal = (kind: 'not_found' | 'forbidden' | 'invalid_argument', message: string) =>
    new OpenManagerError(kind, message, { cause: error });
  if (code === 'ENOENT' || code === 'ENOTDIR') return refusal('not_found', `There is no file ${name}.`);
  if (code === 'EACCES' || code === 'EPERM') return refusal('forbidden', `${name} may not be read by this user.`);
  if (code === 'Z_BUF_ERROR')
    return refusal('invalid_argument', `${name} is cut off: its compressed data ends too early.`);
  if (typeof code === 'string' && code.startsWith('Z_'))
    return refusal('invalid_argument', `${name} is no gzip file, or damaged.`);
  return error;
}
