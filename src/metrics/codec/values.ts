import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import { corrupt } from './corrupt.ts';
import { distinctValues, readDictionary, writeDictionary } from './dictionary.ts';
import { readIntegers, writeIntegers } from './integer-sequence.ts';
import { scaleBack, scaleToIntegers } from './scaled-integers.ts';
import { Scratch } from './scratch.ts';
import { readDoubles, writeDoubles } from './split-doubles.ts';

const kinds = { integers: 0, dictionary: 1, doubles: 2 } as const;
const scaled = new Scratch();

/** Writes the first `n` (1 or more) of `values`: as decimals of few digits, else as few distinct doubles, else each. */
export function writeValues(writer: BitWriter, values: Float64Array, n: number): void {
  writer.reserve(2);
  const integers = scaled.take(n);
  const exponent = scaleToIntegers(values, n, integers);
  if (exponent >= 0) {
    writer.write(kinds.integers, 2);
    writer.write(exponent, 4);
    writeIntegers(writer, integers, n);
    return;
  }
  const distinct = distinctValues(values, n);
  writer.write(distinct === null ? kinds.doubles : kinds.dictionary, 2);
  if (distinct === null) writeDoubles(writer, values, n);
  else writeDictionary(writer, distinct, values, n);
}

/** Reads `n` values into `out` from position `at` on. @throws `storage_corrupt` */
export function readValues(reader: BitReader, out: Float64Array, at: number, n: number): void {
  const kind = reader.read(2);
  if (kind === kinds.integers) {
    const exponent = reader.read(4);
    readIntegers(reader, out, at, n);
    scaleBack(out, at, n, exponent);
  } else if (kind === kinds.dictionary) readDictionary(reader, out, at, n);
  else if (kind === kinds.doubles) readDoubles(reader, out, at, n);
  else throw corrupt(`values of kind ${kind}, where 0 to 2 are known`);
}
