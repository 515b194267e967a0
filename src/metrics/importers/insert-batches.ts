import { setTimeout } from 'node:timers/promises';
import type { MetricStore } from '../metric-store.ts';
import { seriesKey } from '../series-key.ts';
import type { SeriesBatch } from '../stored-series.ts';

/** What has been stored so far. */
export interface Imported {
  /** Different times in each batch. */
  readonly samples: number;
  readonly added: number;
  readonly changed: number;
  readonly hosts: ReadonlySet<string>;
  readonly metrics: ReadonlySet<string>;
  readonly series: number;
  /** Infinite while there is none. */
  readonly firstMs: number;
  readonly lastMs: number;
}

const pauseMs = 5;

interface Importing {
  readonly store: Pick<MetricStore, 'insert'>;
  readonly onInserted: (imported: Imported) => void;
  readonly signal: AbortSignal;
}

/**
 * Stores batches as they come, a transaction each; the next is asked for when the one before is on disk.
 * @throws what the store and the batches throw; `AbortError` between two batches when `signal` aborts. What was stored
 * before stays, and `onInserted` was told of it.
 */
export async function insertBatches(
  batches: AsyncIterable<readonly SeriesBatch[]>,
  { store, onInserted, signal }: Importing,
): Promise<void> {
  const totals = { samples: 0, added: 0, changed: 0, firstMs: Number.POSITIVE_INFINITY, lastMs: -Infinity };
  const hosts = new Set<string>();
  const metrics = new Set<string>();
  const series = new Set<string>();
  for await (const batch of batches) {
    signal.throwIfAborted();
    // An empty file makes no database.
    if (batch.length === 0) continue;
    const { added, changed } = await store.insert(batch);
    totals.added += added;
    totals.changed += changed;
    for (const { host, descriptor, samples } of batch) {
      totals.samples += samples.timesMs.length;
      totals.firstMs = Math.min(totals.firstMs, samples.timesMs[0] ?? Number.POSITIVE_INFINITY);
      totals.lastMs = Math.max(totals.lastMs, samples.timesMs.at(-1) ?? Number.NEGATIVE_INFINITY);
      hosts.add(host);
      metrics.add(descriptor.metric);
      series.add(JSON.stringify([host, seriesKey(descriptor)]));
    }
    onInserted({ ...totals, hosts, metrics, series: series.size });
    // Who collects gets to write in between; SQLite lets nobody wait in line.
    await setTimeout(pauseMs, undefined, { signal });
  }
}
