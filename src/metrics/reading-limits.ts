import { OpenManagerError } from '../core/errors.ts';
import type { Descriptor } from '../core/series.ts';
import type { Reading } from './reading.ts';
import { canonicalLabels } from './series-key.ts';

/**
 * What is stored at most. The lengths are UTF-8 bytes; together they fit an index entry of PostgreSQL (2,704 bytes).
 */
const readingLimits = {
  readings: 10_000,
  seriesOfReading: 10_000,
  hostBytes: 255,
  metricBytes: 255,
  unitBytes: 63,
  labelsBytes: 2_048,
  timestampMs: 8_640_000_000_000_000,
} as const;

/** @throws `invalid_argument` naming what is out of bounds. */
export function assertReadings(readings: readonly Reading[]): void {
  if (readings.length > readingLimits.readings)
    refuse(`${readings.length} readings at once; at most ${readingLimits.readings} are stored together`);
  for (const { host, timestampMs, descriptors, values } of readings) {
    assertHost(host);
    if (!Number.isInteger(timestampMs) || timestampMs < 0 || timestampMs > readingLimits.timestampMs)
      refuse(`the time ${timestampMs} of a reading; it must be whole milliseconds since 1970`);
    if (descriptors.length > readingLimits.seriesOfReading)
      refuse(`${descriptors.length} series in one reading; at most ${readingLimits.seriesOfReading} are stored`);
    if (descriptors.length !== values.length)
      refuse(`${values.length} values for ${descriptors.length} series; a reading has one value a series`);
  }
}

/** @throws `invalid_argument` naming what is out of bounds. */
export function assertDescriptor({ metric, labels, unit }: Descriptor): void {
  assertText('metric', metric, readingLimits.metricBytes);
  if (unit !== '') assertText('unit', unit, readingLimits.unitBytes);
  const bytes = Buffer.byteLength(canonicalLabels(labels));
  if (bytes > readingLimits.labelsBytes)
    refuse(`labels of ${bytes} bytes on ${metric}; at most ${readingLimits.labelsBytes} bytes are stored`);
}

/** @throws `invalid_argument` naming what is out of bounds. */
export function assertHost(host: string): void {
  assertText('host', host, readingLimits.hostBytes);
}

function assertText(name: string, text: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes === 0) refuse(`an empty ${name}`);
  if (bytes > maxBytes) refuse(`a ${name} of ${bytes} bytes; at most ${maxBytes} bytes are stored`);
  // Neither survives a database's text type unchanged.
  if (text.includes('\0') || !text.isWellFormed()) refuse(`a ${name} with a NUL character or half a surrogate pair`);
}

function refuse(what: string): never {
  throw new OpenManagerError('invalid_argument', `Not stored: ${what}.`);
}
