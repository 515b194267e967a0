import { readFileSync } from 'node:fs';
import { dataPath, readCsv } from '../support/data.ts';
import { type NabSeries, readNab } from './nab-data.ts';

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
  const known = new Map(readNab().map((series) => [series.name, series]));
  const mappings = JSON.parse(readFileSync(dataPath('tsb-ad', 'nab-mapping.json'), 'utf8')) as Mapping[];
  return mappings.map((mapping) => {
    const series = known.get(mapping.nab);
    if (series === undefined) throw new Error(`there is no ${mapping.nab}`);
    return cutSeries(mapping, series);
  });
}

/** By the name of the series. */
export function readPublished(): Map<string, Published> {
  const [header = [], ...rows] = readCsv(dataPath('tsb-ad', 'nab-vus-pr-by-file.csv'));
  const methods = header.slice(1, header.indexOf('ts_len'));
  return new Map(
    rows.map(([file = '', ...cells]) => [file, new Map(methods.map((method, i) => [method, Number(cells[i])]))]),
  );
}

/** TSB-AD leaves out the first value. */
function cutSeries(
  { tsb_ad, first, last, labels }: Mapping,
  { timestampsMs, values, windows }: NabSeries,
): LabelledSeries {
  const from = first + 1;
  const to = last === null ? values.length : last + 1;
  const ranges = labels ?? windows.map(([start, end]) => [start - from, end - from] as const);
  const isOdd = (i: number): boolean => ranges.some(([start, end]) => i >= start && i < end);
  return {
    name: tsb_ad,
    timestampsMs: timestampsMs.slice(from, to),
    values: values.slice(from, to),
    labels: Uint8Array.from({ length: to - from }, (_, i) => (isOdd(i) ? 1 : 0)),
  };
}
