import type { Detection, Forecast, TimeToThreshold, WindowChange } from './analytics/index.ts';
import type { AnalyticsRunner, CompareInput, DetectInput, ForecastInput, Outcome } from './analytics/runner.ts';
import { createAnalysisResults } from './analytics-results.ts';
import { createAnalyticsThreads, type ThreadOptions } from './analytics-threads.ts';
import type { SampleSummary, Summarizer } from './metrics/summarize.ts';

export interface AnalyticsPool extends AnalyticsRunner, AsyncDisposable {
  readonly summarize: Summarizer;
}

/**
 * Runs the analytics library in worker threads, and keeps its latest results. Threads are started by the first task, and
 * end when idle.
 */
export function createAnalyticsPool(options: ThreadOptions = {}): AnalyticsPool {
  const threads = createAnalyticsThreads(options);
  const atOnce = threads.count;
  const computeForecasts = (series: readonly ForecastInput[], signal: AbortSignal) =>
    threads.run({ kind: 'forecast', series }, { signal }) as Promise<Outcome<Forecast>[]>;
  const computeDetections = (series: readonly DetectInput[], signal: AbortSignal) =>
    threads.run({ kind: 'detectBatch', series }, { signal }) as Promise<Outcome<Detection>[]>;
  const computeComparisons = (series: readonly CompareInput[], signal: AbortSignal) =>
    threads.run({ kind: 'compareWindows', series }, { signal }) as Promise<Outcome<WindowChange>[]>;
  const forecastMany = createAnalysisResults(computeForecasts, { atOnce });
  return {
    async forecast(values, options, signal) {
      return only(await forecastMany([{ values, options }], signal));
    },
    forecastMany,
    detectMany: createAnalysisResults(computeDetections, { atOnce }),
    compareMany: createAnalysisResults(computeComparisons, { atOnce }),
    async timesToThresholds(questions, signal) {
      const transferList = questions.map(({ values }) => values.buffer as ArrayBuffer);
      const outcomes = await threads.run({ kind: 'timesToThresholds', questions }, { signal, transferList });
      return (outcomes as Outcome<TimeToThreshold>[]).map((outcome) => only([outcome]));
    },
    async summarize(request) {
      const { timesMs, values } = request.samples;
      const buffers = new Set([timesMs.buffer, values.buffer] as ArrayBuffer[]);
      const outcomes = await threads.run({ kind: 'summarize', request }, { transferList: [...buffers] });
      return only(outcomes as Outcome<SampleSummary>[]);
    },
    [Symbol.asyncDispose]: () => threads[Symbol.asyncDispose](),
  };
}

function only<T>([outcome]: readonly Outcome<T>[]): T {
  if (outcome?.ok) return outcome.result;
  throw outcome?.error ?? new Error('a task answered less than it was asked');
}
