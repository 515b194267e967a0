import { readFileSync } from 'node:fs';
import { dataPath, readCsv } from '../support/data.ts';

/** A series whose anomalies are known. */
export interface LabelledSeries {
  readonly name: string;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** 1 within an anomaly, else 0. */
  readonly labels: Uint8Array;
}

/** What `nab-mapping.json` holds of each file of TSB-AD. */
interface Mapping {
  readonly tsb_ad: string;
  readonly nab: string;
  readonly first: number;
  readonly last: number | null;
  /** Ranges [start, end); null = the windows of the Numenta Anomaly Benchmark. */
  readonly labels: readonly (readonly [number, number])[] | null;
}

/** Published VUS-PR of a method in one file, by the name of the method. */
export type Published = ReadonlyMap<string, number>;

/** The 23 series that TSB-AD-U (Liu & Paparrizos, NeurIPS 2024) took from the Numenta Anomaly Benchmark, in its order. */
export function readTsbAd(): LabelledSeries[] {
  const windows = readJson<Record<string, [string, string][]>>('nab', 'labels', 'combined_windows.json');
  return readJson<Mapping[]>('tsb-ad', 'nab-mapping.json').map((mapping) => readSeries(mapping, windows));
}

/** By the name of the series. */
export function readPublished(): Map<string, Published> {
  const [header = [], ...rows] = readCsv(dataPath('tsb-ad', 'nab-vus-pr-by-file.csv'));
  const methods = header.slice(1, header.indexOf('ts_len'));
  return new Map(
    rows.map(([file = '', ...cells]) => [file, new Map(methods.map((method, i) => [method, Number(cells[i])]))]),
  );
}

function readSeries({ tsb_ad, nab, first, last, labels }: Mapping, windows: Record<string, [string, string][]>) {
  const [, , ...rows] = readCsv(dataPath('nab', 'data', nab));
  const kept = rows.slice(first, last ?? rows.length);
  const timestampsMs = Float64Array.from(kept, ([time = '']) => timeMs(time));
  const inWindow = (windows[nab] ?? []).map(([start, end]) => [timeMs(start), timeMs(end)] as const);
  const isOdd = (time: number, i: number): boolean =>
    labels === null
      ? inWindow.some(([start, end]) => time >= start && time < end)
      : labels.some(([start, end]) => i >= start && i < end);
  return {
    name: tsb_ad,
    timestampsMs,
    values: Float64Array.from(kept, ([, value]) => Number(value)),
    labels: Uint8Array.from(timestampsMs, (time, i) => (isOdd(time, i) ? 1 : 0)),
  };
}

function timeMs(time: string): number {
  return Date.parse(`${time.slice(0, 19).replace(' ', 'T')}Z`);
}

function readJson<T>(...segments: string[]): T {
  return JSON.parse(readFileSync(dataPath(...segments), 'utf8')) as T;
}
