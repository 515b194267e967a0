import { crc32 } from 'node:zlib';
import { BitReader } from './codec/bit-reader.ts';
import { BitWriter } from './codec/bit-writer.ts';
import { corrupt } from './codec/corrupt.ts';
import { countRuns, readRuns, writeRuns } from './codec/runs.ts';
import {
  isRegular,
  readIrregularTimes,
  readRegularTimes,
  writeIrregularTimes,
  writeRegularTimes,
} from './codec/times.ts';
import { readValues, writeValues } from './codec/values.ts';
import type { Samples } from './samples.ts';

const version = 1;
const flags = { irregular: 1, runs: 2 } as const;
const knownFlags = flags.irregular | flags.runs;
const headBytes = 3;
/** Runs pay when they are fewer than the samples divided by this: else one bit a repeated sample is cheaper. */
const samplesPerRun = 4;
/** One for each millisecond of the hour. */
const maxSamples = 3_600_000;

// One of each, since encoding and decoding are synchronous and neither calls the other.
const writer = new BitWriter();
const reader = new BitReader();

/**
 * The samples of one series in one hour, without loss: `hourStartMs` <= each time < `hourStartMs` + 3,600,000, whole
 * milliseconds, ascending; values finite; 1 sample or more. Their number is kept by the caller.
 *
 * The format: a byte of version (upper 4 bits) and flags (1: times of no constant step, 2: runs of equal values), two
 * bytes of check sum (CRC-32 of the rest, seeded with the number of samples and the first byte), then bits. Times are a
 * start and a step, or integers. Values (each, or one a run) are integers where a power of ten makes all of them whole
 * (what is measured has few digits), else a table of the distinct ones and places in it, else doubles in two halves.
 * Integers are a base, a common divisor and Rice codes of what a prediction leaves. Gorilla (Pelkonen et al., VLDB 2015)
 * is the ancestor; integers beat its XOR, as the entropy of decimals lies in their last digits, not in a double's bits.
 */
export function encodeChunk({ timesMs, values }: Samples, hourStartMs: number): Uint8Array {
  const n = timesMs.length;
  writer.start();
  const regular = isRegular(timesMs, n);
  if (regular) writeRegularTimes(writer, timesMs, n, hourStartMs);
  else writeIrregularTimes(writer, timesMs, n, hourStartMs);
  const runs = countRuns(values, n);
  const asRuns = runs * samplesPerRun <= n;
  if (asRuns) writeRuns(writer, values, n, runs);
  else writeValues(writer, values, n);
  return seal((version << 4) | (regular ? 0 : flags.irregular) | (asRuns ? flags.runs : 0), n, writer.finish());
}

/**
 * What {@link encodeChunk} was given; `n` and `hourStartMs` are those of then.
 * @throws `storage_corrupt` for data that is damaged, is of another number of samples, or has an unknown version
 */
export function decodeChunk(data: Uint8Array, n: number, hourStartMs: number): Samples {
  checkHead(data, n);
  const samples = { timesMs: new Float64Array(n), values: new Float64Array(n) };
  readChunk(data, n, hourStartMs, samples, 0);
  return samples;
}

/**
 * Whether the check sum is right, at a tenth of the time of decoding. One flipped bit is always seen; of chunks that were
 * overwritten at random one in 65,536 passes.
 */
export function isIntact(data: Uint8Array, n: number): boolean {
  return faultOf(data, n) === undefined;
}

/** As {@link decodeChunk}, into positions `at` to `at + n - 1` of both arrays; what they hold after an error is undefined. */
export function decodeChunkInto(data: Uint8Array, n: number, hourStartMs: number, into: Samples, at: number): void {
  checkHead(data, n);
  readChunk(data, n, hourStartMs, into, at);
}

function readChunk(data: Uint8Array, n: number, hourStartMs: number, into: Samples, at: number): void {
  const head = data[0] ?? 0;
  reader.start(data, headBytes);
  if ((head & flags.irregular) === 0) readRegularTimes(reader, into.timesMs, at, n, hourStartMs);
  else readIrregularTimes(reader, into.timesMs, at, n, hourStartMs);
  if ((head & flags.runs) === 0) readValues(reader, into.values, at, n);
  else readRuns(reader, into.values, at, n);
  reader.finish();
}

function seal(head: number, n: number, bits: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(headBytes + bits.length);
  const sum = checkSum(bits, n, head);
  chunk[0] = head;
  chunk[1] = sum >>> 8;
  chunk[2] = sum;
  chunk.set(bits, headBytes);
  return chunk;
}

/** Before anything is allocated or read. */
function checkHead(data: Uint8Array, n: number): void {
  const fault = faultOf(data, n);
  if (fault !== undefined) throw corrupt(fault);
}

function faultOf(data: Uint8Array, n: number): string | undefined {
  const [head = 0, high = 0, low = 0] = data;
  if (!(Number.isInteger(n) && n >= 1 && n <= maxSamples)) return `${n} samples in one hour`;
  if (data.length <= headBytes) return `it has ${data.length} bytes only`;
  if (head >>> 4 !== version) return `its format is version ${head >>> 4}, where ${version} is known`;
  if ((head & 15 & ~knownFlags) !== 0) return `its flags are ${head & 15}, where ${knownFlags} are known`;
  if (((high << 8) | low) !== checkSum(data.subarray(headBytes), n, head)) return 'its check sum differs';
  return undefined;
}

function checkSum(bits: Uint8Array, n: number, head: number): number {
  return crc32(bits, n * 256 + head) & 0xffff;
}
