import { endianness } from 'node:os';

const littleEndian = endianness() === 'LE';

/** Values as stored in a journal row: float64, little-endian. The result has a buffer of its own. */
export function encodeValues(values: Float64Array): Uint8Array {
  const { buffer } = values.slice();
  if (!littleEndian) Buffer.from(buffer).swap64();
  return new Uint8Array(buffer);
}

/** Reads {@link encodeValues}; trailing bytes that make no whole value are left out. */
export function decodeValues(bytes: Uint8Array): Float64Array {
  const { buffer } = bytes.slice(0, bytes.byteLength - (bytes.byteLength % 8));
  if (!littleEndian) Buffer.from(buffer).swap64();
  return new Float64Array(buffer);
}

/** Series ids as stored in a layout: uint32, little-endian. */
export function encodeIds(ids: readonly number[]): Uint8Array {
  const { buffer } = Uint32Array.from(ids);
  if (!littleEndian) Buffer.from(buffer).swap32();
  return new Uint8Array(buffer);
}

/** Reads {@link encodeIds}. */
export function decodeIds(bytes: Uint8Array): Uint32Array {
  const { buffer } = new Uint8Array(bytes);
  if (!littleEndian) Buffer.from(buffer).swap32();
  return new Uint32Array(buffer);
}
