import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import { corrupt } from './corrupt.ts';
import { readIntegers, writeIntegers } from './integer-sequence.ts';
import { Scratch } from './scratch.ts';
import { readDoubles, writeDoubles } from './split-doubles.ts';

const ranks = new Scratch();
const tables = new Scratch();

/** The distinct ones of the first `n` values, ascending; null when there are more than half as many, or a -0. */
export function distinctValues(values: Float64Array, n: number): Float64Array | null {
  const distinct = new Set<number>();
  for (let i = 0; i < n; i++) {
    const value = values[i] ?? 0;
    if (Object.is(value, -0)) return null;
    distinct.add(value);
    if (2 * distinct.size > n) return null;
  }
  return Float64Array.from(distinct).sort();
}

/** Ratios of small counts have all their digits, but few values: a table of `distinct`, and each value's place in it. */
export function writeDictionary(writer: BitWriter, distinct: Float64Array, values: Float64Array, n: number): void {
  const rankOf = new Map<number, number>();
  for (const value of distinct) rankOf.set(value, rankOf.size);
  writer.writeNumber(distinct.length);
  writeDoubles(writer, distinct, distinct.length);
  const places = ranks.take(n);
  for (let i = 0; i < n; i++) places[i] = rankOf.get(values[i] ?? 0) ?? 0;
  writeIntegers(writer, places, n);
}

/** Reads `n` values into `out` from position `at` on. @throws `storage_corrupt` */
export function readDictionary(reader: BitReader, out: Float64Array, at: number, n: number): void {
  const count = reader.readNumber();
  if (count < 1 || count > n) throw corrupt(`a table of ${count} values for ${n} samples`);
  const table = tables.take(count);
  readDoubles(reader, table, 0, count);
  readIntegers(reader, out, at, n);
  for (let i = at; i < at + n; i++) {
    const place = out[i] ?? 0;
    if (!(place >= 0 && place < count)) throw corrupt('a value that is not in its table');
    out[i] = table[place] ?? 0;
  }
}
