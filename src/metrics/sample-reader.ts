import { createBuckets, type Grid, type Tally } from './buckets.ts';
import type { DamagedChunk } from './chunk-store.ts';
import type { MetricStore } from './metric-store.ts';
import type { RecentWindow } from './recent-window.ts';
import { noSamples } from './samples.ts';
import { seriesKey } from './series-key.ts';
import type { FoundSeries, SeriesBuckets, SeriesSamples, TimeWindow } from './series-selection.ts';

/** Is called with each hour of a series that is left out, as what is stored of it is damaged. */
export type OnDamaged = (chunk: DamagedChunk) => void;

/** Samples of series of one host, from memory where it reaches back far enough, else from the store. */
export interface SampleReader {
  samples(series: readonly FoundSeries[], window: TimeWindow, onDamaged?: OnDamaged): Promise<SeriesSamples[]>;
  /** On a grid; the longer its steps, the less has to be read. */
  buckets(
    series: readonly FoundSeries[],
    window: TimeWindow,
    grid: Grid,
    also?: { readonly tally?: Tally | undefined; readonly onDamaged?: OnDamaged },
  ): Promise<SeriesBuckets[]>;
}

export function createSampleReader(store: MetricStore, recent: RecentWindow): SampleReader {
  const isRecent = ([first]: readonly FoundSeries[], { fromMs }: TimeWindow) =>
    first !== undefined && recent.covers(first.host, fromMs);
  const storedIds = (series: readonly FoundSeries[]) => series.flatMap(({ id }) => id ?? []);

  /** A series without an id may have samples all the same: the store could not be asked when the series was found. */
  async function withIds(series: readonly FoundSeries[]): Promise<readonly FoundSeries[]> {
    const [missing] = series.filter(({ id }) => id === null);
    if (missing === undefined) return series;
    const ids = new Map((await store.series({ host: missing.host })).map((one) => [seriesKey(one), one.id]));
    return series.map((one) => ({ ...one, id: one.id ?? ids.get(seriesKey(one)) ?? null }));
  }

  async function samples(
    series: readonly FoundSeries[],
    window: TimeWindow,
    onDamaged?: OnDamaged,
  ): Promise<SeriesSamples[]> {
    if (isRecent(series, window)) return series.map((one) => ({ ...one, samples: recent.read(one.host, one, window) }));
    const known = await withIds(series);
    const host = series[0]?.host ?? '';
    const stored = await store.read({ host, seriesIds: storedIds(known), ...bounds(window), onDamaged });
    return known.map((one) => ({ ...one, samples: stored.get(one.id ?? -1) ?? noSamples }));
  }

  return {
    samples,
    async buckets(series, window, grid, { tally, onDamaged } = {}) {
      if (isRecent(series, window)) {
        return (await samples(series, window)).map(({ samples, ...one }) => {
          const filled = createBuckets(grid, 1, tally);
          filled.addSamples(0, samples);
          return { ...one, buckets: filled.of(0) };
        });
      }
      const known = await withIds(series);
      const host = series[0]?.host ?? '';
      const request = { host, seriesIds: storedIds(known), ...bounds(window), grid, tally, onDamaged };
      const stored = await store.readBuckets(request);
      return known.map((one) => ({ ...one, buckets: stored.get(one.id ?? -1) ?? createBuckets(grid).of(0) }));
    },
  };
}

function bounds({ fromMs, toMs }: TimeWindow): TimeWindow {
  return { fromMs, toMs };
}
