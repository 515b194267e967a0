import type { BitReader } from './bit-reader.ts';
import { type BitWriter, bitWidth } from './bit-writer.ts';
import { corrupt } from './corrupt.ts';
import { Scratch } from './scratch.ts';

/**
 * Whole numbers around 0 in Rice codes (R. F. Rice, JPL 79-22, 1979): the sign is folded in (0, -1, 1, -2, ...), the
 * low `k` bits follow the rest in unary. Each block of 64 numbers has its own k: one bit when it is that of the block
 * before, 7 bits otherwise, and 63 for a block of zeros alone, which then takes nothing more. A rest of 16 or above is an
 * escape: 16 zeros, 6 bits of width, the number. So one outlier does not make its whole block dear.
 */
const blockLength = 64;
const zerosOnly = 63;
const maxK = 52;
const escapeRest = 16;
const escapeBits = escapeRest + 6;
const firstK = 8;
/** What the writer may need for one block: its head, and for each number an escape of 53 bits. */
const blockBytes = 8 + (blockLength * (escapeBits + 53)) / 8;
/** A window of 32 bits that starts within a byte holds at least this many that count. */
const windowBits = 25;

const foldedNumbers = new Scratch();

/** Writes the first `n` of `numbers`, whole and of |x| < 2^52. */
export function writeRice(writer: BitWriter, numbers: Float64Array, n: number): void {
  const folded = foldedNumbers.take(n);
  let previousK = firstK;
  for (let start = 0; start < n; start += blockLength) {
    const end = Math.min(n, start + blockLength);
    const k = cheapestK(folded, start, end, fold(numbers, folded, start, end), previousK);
    writer.reserve(blockBytes);
    if (k === previousK) writer.write(0, 1);
    else writer.write(64 + k, 7);
    if (k !== zerosOnly) for (let i = start; i < end; i++) writeCode(writer, folded[i] ?? 0, k);
    previousK = k;
  }
}

/** Folds the signs in; returns the sum of the bit widths, which tells a good k to start from whatever the outliers. */
function fold(numbers: Float64Array, folded: Float64Array, start: number, end: number): number {
  let widths = 0;
  for (let i = start; i < end; i++) {
    const number = numbers[i] ?? 0;
    const value = number < 0 ? -2 * number - 1 : 2 * number;
    folded[i] = value;
    widths += bitWidth(value);
  }
  return widths;
}

/** Walks downhill from a guess; costs are those of the codes themselves. */
function cheapestK(folded: Float64Array, start: number, end: number, widths: number, previousK: number): number {
  if (widths === 0) return zerosOnly;
  let k = Math.min(maxK, Math.max(0, Math.round(widths / (end - start)) - 1));
  let cost = blockCost(folded, start, end, k);
  for (const step of [1, -1]) {
    for (let next = k + step; next >= 0 && next <= maxK; next += step) {
      const nextCost = blockCost(folded, start, end, next);
      if (nextCost >= cost) break;
      cost = nextCost;
      k = next;
    }
  }
  if (previousK === zerosOnly || k === previousK) return k;
  return blockCost(folded, start, end, previousK) <= cost + 6 ? previousK : k;
}

/** Bits of a block's codes. */
function blockCost(folded: Float64Array, start: number, end: number, k: number): number {
  const scale = 2 ** -k;
  let bits = (end - start) * (k + 1);
  for (let i = start; i < end; i++) {
    const value = folded[i] ?? 0;
    const rest = Math.floor(value * scale);
    bits += rest < escapeRest ? rest : escapeBits - k - 1 + bitWidth(value);
  }
  return bits;
}

function writeCode(writer: BitWriter, value: number, k: number): void {
  const rest = Math.floor(value * 2 ** -k);
  const low = value - rest * 2 ** k;
  if (rest >= escapeRest) writeEscape(writer, value);
  else if (rest + k < 24) writer.write((1 << k) | low, rest + 1 + k);
  else {
    writer.write(1, rest + 1);
    writer.writeWide(low, k);
  }
}

function writeEscape(writer: BitWriter, value: number): void {
  const width = bitWidth(value);
  writer.write(0, escapeRest);
  writer.write(width, 6);
  writer.writeWide(value, width);
}

/** Reads `n` numbers into `out` from position `at` on. @throws `storage_corrupt` */
export function readRice(reader: BitReader, out: Float64Array, at: number, n: number): void {
  let k = firstK;
  for (let start = at; start < at + n; start += blockLength) {
    const end = Math.min(at + n, start + blockLength);
    if (reader.read(1) === 1) k = reader.read(6);
    if (k === zerosOnly) out.fill(0, start, end);
    else if (k <= maxK) readBlock(reader, out, start, end, k);
    else throw corrupt(`a block of kind ${k}, where 0 to ${maxK} and ${zerosOnly} are known`);
    reader.checkEnd();
  }
}

function readBlock(reader: BitReader, out: Float64Array, start: number, end: number, k: number): void {
  const { view } = reader;
  let { position } = reader;
  const maxRest = windowBits - k - 1;
  const drop = 31 - k;
  for (let i = start; i < end; i++) {
    const window = view.getUint32(position >>> 3) << (position & 7);
    const rest = Math.clz32(window);
    if (rest < escapeRest && rest <= maxRest) {
      const value = (rest << k) | (((window << (rest + 1)) >>> 1) >>> drop);
      position += rest + 1 + k;
      out[i] = (value >>> 1) ^ -(value & 1);
    } else {
      reader.position = position;
      out[i] = readLongCode(reader, rest, k);
      position = reader.position;
    }
  }
  reader.position = position;
}

/** A code that does not fit the window: an escape, or one with many low bits. */
function readLongCode(reader: BitReader, rest: number, k: number): number {
  if (rest < escapeRest) {
    reader.position += rest + 1;
    return unfold(rest * 2 ** k + reader.readWide(k));
  }
  reader.position += escapeRest;
  return unfold(reader.readNumber());
}

function unfold(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
