const overheadBytes = 32;

/** About how much memory a value of plain objects, arrays, typed arrays and strings takes, in bytes. */
export function sizeBytes(value: unknown): number {
  if (typeof value === 'string') return overheadBytes + 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return overheadBytes + value.byteLength;
  let bytes = overheadBytes;
  for (const part of value instanceof Map ? value : Object.values(value)) bytes += 8 + sizeBytes(part);
  return bytes;
}
