import type { Descriptor } from '../../core/series.ts';
import { bucketValues } from '../buckets.ts';
import { hourMs } from '../chunk-key.ts';
import type { MetricStore } from '../metric-store.ts';
import { seriesKey } from '../series-key.ts';
import type { EarlierDay } from './situation.ts';

const days = 7;
const dayHours = 24;

/**
 * What a series of a host did in the hour around this time of each day of the last week, where there are samples.
 * @throws OpenManagerError what the store throws.
 */
export async function readEarlierDays(
  store: Pick<MetricStore, 'series' | 'readBuckets'>,
  host: string,
  series: Descriptor,
  nowMs: number,
): Promise<readonly EarlierDay[]> {
  const stored = await store.series({ host, metric: series.metric });
  const found = stored.find((one) => seriesKey(one) === seriesKey(series));
  if (found === undefined) return [];
  const startMs = nowMs - days * dayHours * hourMs - hourMs / 2;
  const grid = { startMs, stepMs: hourMs, count: (days - 1) * dayHours + 1 };
  const window = { fromMs: startMs, toMs: startMs + grid.count * hourMs };
  const buckets = (await store.readBuckets({ host, seriesIds: [found.id], grid, ...window })).get(found.id);
  if (buckets === undefined) return [];
  const [means, most] = [bucketValues(buckets, 'avg'), bucketValues(buckets, 'max')];
  return Array.from({ length: days }, (_, i) => {
    const at = i * dayHours;
    return { daysAgo: days - i, mean: means[at] ?? Number.NaN, max: most[at] ?? Number.NaN };
  }).filter(({ mean }) => !Number.isNaN(mean));
}
