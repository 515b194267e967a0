import { readdirSync, readFileSync } from 'node:fs';
import { dataPath, readCsv } from '../support/data.ts';
import type { Labelled } from './nab-score.ts';

export interface NabSeries extends Labelled {
  /** Folder and file, as in `realTweets/Twitter_volume_GOOG.csv`. */
  readonly name: string;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** The 58 series in the order of their names. */
export function readNab(): NabSeries[] {
  const windows = JSON.parse(readFileSync(dataPath('nab', 'labels', 'combined_windows.json'), 'utf8')) as Windows;
  const folders = readdirSync(dataPath('nab', 'data'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.flatMap(({ name }) =>
    readdirSync(dataPath('nab', 'data', name)).map((file) => `${name}/${file}`),
  );
  return names.sort().map((name) => readOne(name, windows[name] ?? []));
}

type Windows = Record<string, readonly (readonly [string, string])[]>;

function readOne(name: string, windows: readonly (readonly [string, string])[]): NabSeries {
  const rows = readCsv(dataPath('nab', 'data', ...name.split('/'))).slice(1);
  const timestampsMs = Float64Array.from(rows, ([time = '']) => toMs(time));
  return {
    name,
    length: rows.length,
    timestampsMs,
    values: Float64Array.from(rows, ([, value = '']) => Number(value)),
    windows: windows.map(([first, last]) => [timestampsMs.indexOf(toMs(first)), timestampsMs.indexOf(toMs(last))]),
  };
}

function toMs(time: string): number {
  return Date.parse(`${time.slice(0, 19).replace(' ', 'T')}Z`);
}
