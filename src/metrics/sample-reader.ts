import type { Descriptor } from '../core/series.ts';
import type { MetricStore } from './metric-store.ts';
import type { RecentWindow } from './recent-window.ts';
import type { Samples } from './resample.ts';
import { seriesKey } from './series-key.ts';
import type { SeriesSamples, TimeWindow } from './series-selection.ts';

type SampleReader = (host: string, series: readonly Descriptor[], window: TimeWindow) => Promise<SeriesSamples[]>;

/** Samples from memory where it reaches back far enough, else from the store. */
export function createSampleReader(store: MetricStore, recent: RecentWindow): SampleReader {
  async function storedSamples(host: string, series: readonly Descriptor[], { fromMs, toMs }: TimeWindow) {
    const ids = new Map((await store.series({ host })).map((one) => [seriesKey(one), one.id]));
    const idOf = (descriptor: Descriptor) => ids.get(seriesKey(descriptor)) ?? -1;
    const samples = await store.read({ host, seriesIds: series.map(idOf).filter((id) => id >= 0), fromMs, toMs });
    return (descriptor: Descriptor) => samples.get(idOf(descriptor)) ?? noSamples();
  }

  return async (host, series, window) => {
    const samplesOf = recent.covers(host, window.fromMs)
      ? (descriptor: Descriptor) => recent.read(host, descriptor, window)
      : await storedSamples(host, series, window);
    return series.map(({ metric, labels, unit }) => {
      return { metric, labels, unit, host, samples: samplesOf({ metric, labels, unit }) };
    });
  };
}

function noSamples(): Samples {
  return { timesMs: new Float64Array(0), values: new Float64Array(0) };
}
