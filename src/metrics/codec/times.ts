import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import { corrupt } from './corrupt.ts';
import { readIntegers, writeIntegers } from './integer-sequence.ts';
import { Scratch } from './scratch.ts';

const hourMs = 3_600_000;
const offsets = new Scratch();

/** Whether each of the `n` times is as far from the one before. */
export function isRegular(timesMs: Float64Array, n: number): boolean {
  const stepMs = (timesMs[1] ?? 0) - (timesMs[0] ?? 0);
  for (let i = 2; i < n; i++) if ((timesMs[i] ?? 0) - (timesMs[i - 1] ?? 0) !== stepMs) return false;
  return true;
}

/** The first time and the step: some 5 bytes. */
export function writeRegularTimes(writer: BitWriter, timesMs: Float64Array, n: number, hourStartMs: number): void {
  const firstMs = timesMs[0] ?? 0;
  writer.writeNumber(firstMs - hourStartMs);
  if (n > 1) writer.writeNumber((timesMs[1] ?? 0) - firstMs);
}

export function writeIrregularTimes(writer: BitWriter, timesMs: Float64Array, n: number, hourStartMs: number): void {
  const sinceStart = offsets.take(n);
  for (let i = 0; i < n; i++) sinceStart[i] = (timesMs[i] ?? 0) - hourStartMs;
  writeIntegers(writer, sinceStart, n);
}

/** @throws `storage_corrupt` for times outside of the hour */
export function readRegularTimes(
  reader: BitReader,
  timesMs: Float64Array,
  at: number,
  n: number,
  hourStartMs: number,
): void {
  const firstMs = reader.readNumber();
  const stepMs = n > 1 ? reader.readNumber() : 1;
  if (stepMs < 1 || firstMs + (n - 1) * stepMs >= hourMs) throw corrupt('its times leave their hour');
  for (let i = 0; i < n; i++) timesMs[at + i] = hourStartMs + firstMs + i * stepMs;
}

/** @throws `storage_corrupt` for times outside of the hour, or not ascending */
export function readIrregularTimes(
  reader: BitReader,
  timesMs: Float64Array,
  at: number,
  n: number,
  hourStartMs: number,
): void {
  readIntegers(reader, timesMs, at, n);
  let previousMs = -1;
  for (let i = at; i < at + n; i++) {
    const sinceStartMs = timesMs[i] ?? 0;
    if (sinceStartMs <= previousMs) throw corrupt('its times do not ascend');
    previousMs = sinceStartMs;
    timesMs[i] = hourStartMs + sinceStartMs;
  }
  if (previousMs >= hourMs) throw corrupt('its times leave their hour');
}
