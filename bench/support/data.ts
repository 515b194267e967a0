import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/**
 * The path of a file or folder of the benches' data: below BENCH_DATA, by default `../shared/data` beside this checkout.
 * Without it the process ends with exit code 2, as a bench that measured nothing must not look like one that passed.
 */
export function dataPath(...segments: string[]): string {
  const root = process.env.BENCH_DATA ?? join(import.meta.dirname, '../../../shared/data');
  const path = join(root, ...segments);
  if (existsSync(path)) return path;
  console.error(`bench: no data at ${path}; set BENCH_DATA to the folder that holds ${segments[0] ?? 'it'}.`);
  process.exit(2);
}

/** Rows of a CSV file (gzip by its name), its header included; quotes around a cell are taken off. */
export function readCsv(path: string): string[][] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd().replaceAll('"', '').split(','));
}
