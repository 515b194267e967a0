import { silentLogger } from '../../src/core/log.ts';
import { createMetricStore } from '../../src/metrics/metric-store.ts';
import { openSqlite } from '../../src/storage/sqlite/open-sqlite.ts';

/** The metrics of {@link storeHistory}. */
export const storedMetrics = ['load.steady', 'load.daily', 'disk.used'] as const;

/** Hours of readings of `host`, up to now, each `stepMs`; `disk.used` has two series, the others one without labels. */
export async function storeHistory(
  dataDir: string,
  { host, hours, stepMs }: { host: string; hours: number; stepMs: number },
): Promise<void> {
  await using database = await openSqlite({ dataDir, log: silentLogger });
  const descriptors = [
    { metric: storedMetrics[0], labels: {}, unit: '1' },
    { metric: storedMetrics[1], labels: {}, unit: '1' },
    { metric: storedMetrics[2], labels: { device: 'a' }, unit: 'By' },
    { metric: storedMetrics[2], labels: { device: 'b' }, unit: 'By' },
  ];
  const now = Date.now();
  const count = Math.floor((hours * 3_600_000) / stepMs);
  const readings = Array.from({ length: count }, (_, i) => {
    const daily = Math.sin((i / count) * 12 * Math.PI);
    const values = Float64Array.of(0.5 + (i % 7) / 100, 0.5 + daily / 3, 1e9 + i * 1e6, i === count - 20 ? 9e9 : 2e9);
    return { host, timestampMs: now - (count - i) * stepMs, descriptors, values };
  });
  await createMetricStore(database).append(readings);
}
