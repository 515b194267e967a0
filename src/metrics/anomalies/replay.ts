import { isGrowing } from '../growing-metrics.ts';
import type { MetricStore } from '../metric-store.ts';
import type { TimeWindow } from '../metrics.ts';
import { noSamples, type Samples } from '../samples.ts';
import type { StoredSeries } from '../stored-series.ts';
import type { HostDetection } from './host-detection.ts';
import type { Turns } from './turns.ts';

export interface ReplayParts {
  readonly host: string;
  readonly store: Pick<MetricStore, 'series' | 'read'>;
  readonly turns: Turns;
}

/** Read at once. */
const windowMs = 600_000;

/**
 * Scores what is stored of a host within a window, in the order of its times.
 * @throws OpenManagerError what the store throws; `cancelled` when `signal` aborts.
 */
export async function replay(
  { host, store, turns }: ReplayParts,
  detection: HostDetection,
  { fromMs, toMs }: TimeWindow,
  signal: AbortSignal,
): Promise<void> {
  const stored = (await store.series({ host })).filter(
    ({ metric, firstMs, lastMs }) => !isGrowing(metric) && (lastMs ?? 0) >= fromMs && (firstMs ?? toMs) < toMs,
  );
  const firstMs = stored.reduce((least, one) => Math.min(least, one.firstMs ?? toMs), toMs);
  for (let atMs = Math.max(fromMs, firstMs); atMs < toMs; atMs += windowMs) {
    const window = { fromMs: atMs, toMs: Math.min(toMs, atMs + windowMs) };
    const samples = await store.read({ host, seriesIds: stored.map(({ id }) => id), ...window });
    for (const reading of readingsOf(host, stored, samples)) {
      signal.throwIfAborted();
      await detection.score(reading, turns);
    }
  }
}

/** The samples as readings, one a time; each overwrites the one before. */
function* readingsOf(host: string, stored: readonly StoredSeries[], samples: ReadonlyMap<number, Samples>) {
  const columns = stored.map(({ id }) => samples.get(id) ?? noSamples);
  const times = Float64Array.from(new Set(columns.flatMap(({ timesMs }) => [...timesMs]))).sort();
  const next = new Int32Array(columns.length);
  const values = new Float64Array(columns.length);
  for (const timestampMs of times) {
    columns.forEach((column, i) => {
      const at = next[i] as number;
      const isHere = column.timesMs[at] === timestampMs;
      values[i] = isHere ? (column.values[at] as number) : Number.NaN;
      if (isHere) next[i] = at + 1;
    });
    yield { host, timestampMs, descriptors: stored, values };
  }
}
