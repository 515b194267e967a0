import type { PackedRows } from '../database.ts';

/** Thrown (as a system code) when a scan's blobs exceed {@link maxBytes}. */
export class TooManyBytes extends Error {
  readonly code = 'too_many_bytes';
}

/** 128 MiB: what one scan may return. */
export const maxBytes = 128 * 2 ** 20;

/** Packs rows of [integer, integer, blob or null] into buffers that can be transferred. */
export function packRows(rows: Iterable<unknown>): PackedRows {
  let capacity = 1024;
  let first = new Float64Array(capacity);
  let second = new Float64Array(capacity);
  let offsets = new Uint32Array(capacity + 1);
  let bytes = new Uint8Array(64 * 1024);
  let count = 0;
  let used = 0;
  for (const row of rows as Iterable<[number, number, Uint8Array | null]>) {
    if (count === capacity) {
      capacity *= 2;
      first = resized(first, capacity);
      second = resized(second, capacity);
      offsets = resized(offsets, capacity + 1);
    }
    const blob = row[2];
    const size = blob?.byteLength ?? 0;
    if (used + size > maxBytes) throw new TooManyBytes('the rows are larger than one scan may return');
    if (used + size > bytes.byteLength) bytes = resized(bytes, Math.max(2 * bytes.byteLength, used + size));
    if (blob) bytes.set(blob, used);
    used += size;
    first[count] = row[0];
    second[count] = row[1];
    count += 1;
    offsets[count] = used;
  }
  return {
    first: resized(first, count),
    second: resized(second, count),
    offsets: resized(offsets, count + 1),
    bytes: resized(bytes, used),
  };
}

type Packed = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Moves the array's memory to a new length (realloc, not a copy where the allocator can). */
function resized<T extends Packed>(array: T, length: number): T {
  const buffer = array.buffer.transferToFixedLength(length * array.BYTES_PER_ELEMENT);
  return new (array.constructor as new (buffer: ArrayBuffer) => T)(buffer);
}
