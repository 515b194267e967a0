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

/** Read at once, of so many series; of more as much less. Hours are whole, as each of a chunk is decoded whole. */
const windowMs = 3_600_000;
const seriesOfWindow = 1_000;

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
  const stepMs = windowMs / Math.max(1, Math.ceil(stored.length / seriesOfWindow));
  for (let atMs = Math.max(fromMs, firstMs); atMs < toMs; ) {
    const window = { fromMs: atMs, toMs: Math.min(toMs, Math.floor(atMs / stepMs + 1) * stepMs) };
    atMs = window.toMs;
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
  const next = new Int32Array(columns.length);
  const values = new Float64Array(columns.length);
  for (let timestampMs = earliest(columns, next); timestampMs < Number.POSITIVE_INFINITY; ) {
    for (const [i, column] of columns.entries()) {
      const at = next[i] as number;
      const isHere = column.timesMs[at] === timestampMs;
      values[i] = isHere ? (column.values[at] as number) : Number.NaN;
      if (isHere) next[i] = at + 1;
    }
    yield { host, timestampMs, descriptors: stored, values };
    timestampMs = earliest(columns, next);
  }
}

/** The time of the first sample that was not given out; Infinity when all were. */
function earliest(columns: readonly Samples[], next: Int32Array): number {
  let timeMs = Number.POSITIVE_INFINITY;
  for (const [i, { timesMs }] of columns.entries())
    timeMs = Math.min(timeMs, timesMs[next[i] as number] ?? Number.POSITIVE_INFINITY);
  return timeMs;
}
