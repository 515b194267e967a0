import { type Statistics, statistics } from '../core/statistics.ts';
import { type Aggregation, type Resampled, resample } from './resample.ts';
import type { Samples } from './samples.ts';

/** What to make of samples: points of `[fromMs, toMs)` in steps of `stepMs`. */
export interface SummaryRequest {
  readonly samples: Samples;
  readonly window: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number };
  readonly aggregation: Aggregation;
}

export interface SampleSummary {
  readonly statistics: Statistics;
  readonly points: Resampled;
  /** Samples in each step. */
  readonly counts: Float64Array;
}

/** Statistics, quantiles included, and points: sorts every sample, so many of them take long. */
export function summarize({ samples, window, aggregation }: SummaryRequest): SampleSummary {
  return {
    statistics: statistics(samples.values),
    points: resample(samples, window, aggregation),
    counts: resample(samples, window, 'count').values,
  };
}

/** The same elsewhere than on this thread; takes the samples' memory with it. */
export type Summarizer = (request: SummaryRequest) => Promise<SampleSummary>;
