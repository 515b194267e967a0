import { readdirSync } from 'node:fs';
import { dataPath, readCsv } from '../support/data.ts';
import { type OpsSeries, toGrid } from './ops-series.ts';

const STEP_MS = 300_000;

/** Column of the trace by metric. */
const COLUMNS = {
  cpu_mhz: 'cpu_mhz',
  mem_kb: 'mem_kb',
  disk_read: 'disk_read_kbs',
  disk_write: 'disk_write_kbs',
  net_rx: 'net_rx_kbs',
  net_tx: 'net_tx_kbs',
} as const;

export const BITBRAINS_METRICS: readonly string[] = Object.keys(COLUMNS);

/** Files of every `stride`-th of the 50 machines. */
export function bitbrainsFiles(stride: number): string[] {
  return readdirSync(dataPath('bitbrains'))
    .sort()
    .filter((_, i) => i % stride === 0);
}

/** Six metrics of a machine: five-minute means over some 91 days, from July 2013 on. */
export function readMachine(file: string): OpsSeries[] {
  const [header = [], ...rows] = readCsv(dataPath('bitbrains', file));
  const timesMs = rows.map(([epochSeconds]) => Number(epochSeconds) * 1000);
  return Object.entries(COLUMNS).map(([metric, name]) => {
    const column = header.indexOf(name);
    const values = rows.map((row) => Number(row[column] ?? Number.NaN));
    return { name: file.replace('.csv.gz', ''), metric, ...toGrid({ timesMs, values }, STEP_MS) };
  });
}
