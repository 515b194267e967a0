import { endianness } from 'node:os';
import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import { corrupt } from './corrupt.ts';
import { readIntegers, writeIntegers } from './integer-sequence.ts';
import { Scratch } from './scratch.ts';

const [highWord, lowWord] = endianness() === 'LE' ? [1, 0] : [0, 1];

const highs = new Scratch();

/**
 * Doubles of any digits, in two streams: the upper 32 bits (with the sign moved below, so that they grow with the size)
 * are near to each other and go as integers; the lower 32 are noise and go as they are, but for the zeros that all of
 * them end with.
 */
export function writeDoubles(writer: BitWriter, values: Float64Array, n: number): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * n);
  const keys = highs.take(n);
  let anyLow = 0;
  for (let i = 0; i < n; i++) {
    const high = words[2 * i + highWord] ?? 0;
    keys[i] = (high & 0x7fffffff) * 2 + (high >>> 31);
    anyLow |= words[2 * i + lowWord] ?? 0;
  }
  writeIntegers(writer, keys, n);
  const zeros = trailingZeros(anyLow);
  writer.reserve(9 + 4 * n);
  writer.write(zeros, 6);
  if (zeros === 32) return;
  for (let i = 0; i < n; i++) writer.writeWide((words[2 * i + lowWord] ?? 0) >>> zeros, 32 - zeros);
}

/** Reads `n` finite doubles into `out` from position `at` on. @throws `storage_corrupt` */
export function readDoubles(reader: BitReader, out: Float64Array, at: number, n: number): void {
  const words = new Uint32Array(out.buffer, out.byteOffset + at * 8, 2 * n);
  readIntegers(reader, out, at, n);
  for (let i = 0; i < n; i++) {
    const key = out[at + i] ?? 0;
    // An exponent of ones alone is no number (IEEE 754, 3.4).
    if (!(key >= 0 && key < 0xffe00000)) throw corrupt('a value that is no number');
    words[2 * i + highWord] = Math.floor(key / 2) + (key % 2) * 0x80000000;
  }
  const zeros = reader.read(6);
  if (zeros > 32) throw corrupt(`${zeros} zeros at the end of 32 bits`);
  if (zeros === 32) for (let i = 0; i < n; i++) words[2 * i + lowWord] = 0;
  else readLows(reader, words, n, zeros);
}

function readLows(reader: BitReader, words: Uint32Array, n: number, zeros: number): void {
  const width = 32 - zeros;
  const upper = width >>> 1;
  const lower = width - upper;
  reader.checkLeft(n * width);
  for (let i = 0; i < n; i++) {
    words[2 * i + lowWord] = ((reader.read(upper) << lower) | reader.read(lower)) << zeros;
  }
}

function trailingZeros(word: number): number {
  return word === 0 ? 32 : 31 - Math.clz32(word & -word);
}
