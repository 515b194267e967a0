import { type Statistics, statistics } from '../core/statistics.ts';
import { type Aggregation, type Resampled, resample } from './resample.ts';
import type { Samples } from './samples.ts';

/** What to make of samples: points of `[fromMs, toMs)` in steps of `stepMs`. */
export interface SummaryRequest {
  readonly samples: Samples;
  readonly window: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number };
  readonly aggregation: Aggregation;
  /** Length of the steps in which samples are counted. */
  readonly countStepMs: number;
}

export interface SampleSummary {
  readonly statistics: Statistics;
  readonly points: Resampled;
  /** Samples in each step of `countStepMs`. */
  readonly counts: Resampled;
}

/** Statistics, quantiles included, and points: sorts every sample, so many of them take long. */
export function summarize({ samples, window, aggregation, countStepMs }: SummaryRequest): SampleSummary {
  return {
    statistics: statistics(samples.values),
    points: resample(samples, window, aggregation),
    counts: resample(samples, { ...window, stepMs: countStepMs }, 'count'),
  };
}

/** The same elsewhere than on this thread; takes the samples' memory with it. */
export type Summarizer = (request: SummaryRequest) => Promise<SampleSummary>;
