import type { BitReader } from './bit-reader.ts';
import type { BitWriter } from './bit-writer.ts';
import { corrupt } from './corrupt.ts';
import { readIntegers, writeIntegers } from './integer-sequence.ts';
import { Scratch } from './scratch.ts';
import { readValues, writeValues } from './values.ts';

const lengths = new Scratch();
const heads = new Scratch();

/** How many stretches of one value the first `n` values make. */
export function countRuns(values: Float64Array, n: number): number {
  let runs = 1;
  for (let i = 1; i < n; i++) if (!isSame(values[i] ?? 0, values[i - 1] ?? 0)) runs++;
  return runs;
}

/** Writes the first `n` values as `runs` lengths, then one value for each. */
export function writeRuns(writer: BitWriter, values: Float64Array, n: number, runs: number): void {
  const runLengths = lengths.take(runs);
  const runValues = heads.take(runs);
  let run = 0;
  let start = 0;
  for (let i = 1; i <= n; i++) {
    if (i < n && isSame(values[i] ?? 0, values[i - 1] ?? 0)) continue;
    runLengths[run] = i - start;
    runValues[run++] = values[start] ?? 0;
    start = i;
  }
  writer.writeNumber(runs);
  writeIntegers(writer, runLengths, runs);
  writeValues(writer, runValues, runs);
}

/** Reads `n` values into `out` from position `at` on. @throws `storage_corrupt` */
export function readRuns(reader: BitReader, out: Float64Array, at: number, n: number): void {
  const runs = reader.readNumber();
  if (runs < 1 || runs > n) throw corrupt(`${runs} runs for ${n} samples`);
  const runLengths = lengths.take(runs);
  const runValues = heads.take(runs);
  readIntegers(reader, runLengths, 0, runs);
  readValues(reader, runValues, 0, runs);
  let from = at;
  for (let run = 0; run < runs; run++) {
    const to = from + (runLengths[run] ?? 0);
    if (to <= from || to > at + n) throw corrupt('a run of values that does not fit');
    out.fill(runValues[run] ?? 0, from, to);
    from = to;
  }
  if (from !== at + n) throw corrupt(`runs for ${from - at} samples, where ${n} were expected`);
}

function isSame(a: number, b: number): boolean {
  return a === b && (a !== 0 || 1 / a === 1 / b);
}
