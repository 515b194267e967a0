import { quantile } from '../core/statistics.ts';
import type { FoundSeries, Metrics } from './metrics.ts';

const dayMs = 86_400_000;
/** How far it is looked back, until two samples of a series are found. */
const lookbacksMs = [2 * dayMs, 60 * dayMs, 3_650 * dayMs];
/** A step is not to double because one sample in twenty is missing. */
const fewMissing = 0.95;
/** So many tell it as well as all. */
const maxSeries = 20;

/**
 * Milliseconds between two samples, mostly: on this host those of the collector; else the median of the series, from
 * the days before they end (more of them where samples are rare), and not less than the collector's.
 */
export async function usualInterval(metrics: Metrics, series: readonly FoundSeries[]): Promise<number> {
  const known = series.flatMap(({ firstMs, lastMs, ...one }) =>
    firstMs === undefined || lastMs === undefined ? [] : [{ ...one, firstMs, lastMs }],
  );
  if (known.length === 0 || known[0]?.host === metrics.localHost) return metrics.intervalMs;
  const some = known.slice(0, maxSeries);
  for (const lookbackMs of lookbacksMs) {
    const intervals = await intervalsOf(metrics, some, lookbackMs);
    if (intervals.length > 0) return Math.max(metrics.intervalMs, quantile(Float64Array.from(intervals).sort(), 0.5));
  }
  return metrics.intervalMs;
}

type KnownSeries = FoundSeries & { readonly firstMs: number; readonly lastMs: number };

/** Of the series that have two samples at least, in the time before they end. */
async function intervalsOf(metrics: Metrics, some: readonly KnownSeries[], lookbackMs: number): Promise<number[]> {
  const toMs = Math.max(...some.map(({ lastMs }) => lastMs)) + 1;
  const fromMs = toMs - lookbackMs;
  const grid = { startMs: fromMs, stepMs: lookbackMs, count: 1 };
  const read = await metrics.buckets(some, { fromMs, toMs }, grid);
  return read.flatMap(({ buckets }, i) => {
    const [n = 0] = buckets.n;
    const { firstMs = 0, lastMs = 0 } = some[i] ?? {};
    if (n < 2) return [];
    return [fewMissing * (firstMs < fromMs ? lookbackMs / n : (lastMs - firstMs) / (n - 1))];
  });
}
