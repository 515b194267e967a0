import { readdirSync } from 'node:fs';
import { createDetectorSlab } from '../../src/analytics/index.ts';
import { quantile } from '../../src/core/statistics.ts';
import type { BenchResult } from '../support/bench.ts';
import { dataPath, readCsv } from '../support/data.ts';

const WEEK_MS = 7 * 86_400_000;
/** What of a machine varies with what it does. */
const METRICS = ['cpu_mhz', 'mem_kb', 'disk_read_kbs', 'disk_write_kbs', 'net_rx_kbs', 'net_tx_kbs'] as const;
const SHORT_STRIDE = 5;

/** How often the streaming detector calls out on virtual machines of which nobody said that anything was wrong. */
export function measureEvents(short: boolean): BenchResult {
  const files = readdirSync(dataPath('bitbrains'))
    .filter((file) => file.endsWith('.csv.gz'))
    .sort();
  const rates = files.filter((_, i) => !short || i % SHORT_STRIDE === 0).flatMap(eventsAWeek);
  const sorted = Float64Array.from(rates).sort();
  const median = quantile(sorted, 0.5);
  const high = quantile(sorted, 0.95);
  return {
    bar: 'events a metric and week on Bitbrains, default sensitivity: median <= 1, 95th percentile <= 3',
    figure: `${median.toFixed(2)} and ${high.toFixed(2)} (${rates.length} metrics)`,
    pass: median <= 1 && high <= 3,
  };
}

/** Of each metric of a machine, its first days, when little is known, included. */
function eventsAWeek(file: string): number[] {
  const [header = [], ...rows] = readCsv(dataPath('bitbrains', file));
  const seconds = rows.map(([time = '']) => Number(time));
  const weeks = (1000 * ((seconds.at(-1) ?? 0) - (seconds[0] ?? 0))) / WEEK_MS;
  return METRICS.map((metric) => {
    const column = header.indexOf(metric);
    const slab = createDetectorSlab();
    const slot = slab.add();
    const events = rows.filter((row, i) => slab.push(slot, 1000 * (seconds[i] ?? 0), Number(row[column])).isAnomaly);
    return events.length / weeks;
  });
}
