import type { Piscina } from 'piscina';
import type { AnalyticsRunner } from './analytics/runner.ts';
import type { Task, TaskOutcome } from './analytics-worker.ts';
import { OpenManagerError } from './core/errors.ts';
import { retryable } from './core/once.ts';
import { workerPath } from './core/package-path.ts';
import type { Summarizer } from './metrics/summarize.ts';

export interface AnalyticsPool extends AnalyticsRunner, AsyncDisposable {
  readonly summarize: Summarizer;
}

/** Runs the analytics library in worker threads; the pool is loaded with the first task, its threads end when idle. */
export function createAnalyticsPool(): AnalyticsPool {
  const pool = retryable(startPool);

  async function run<T>(task: Task, options: { signal?: AbortSignal; transferList?: ArrayBuffer[] }): Promise<T> {
    const outcome: TaskOutcome<T> = await (await pool()).run(task, options);
    if (outcome.ok) return outcome.result;
    throw new OpenManagerError(outcome.code, outcome.message);
  }

  return {
    forecast: (values, options, signal) => run({ kind: 'forecast', values, options }, { signal }),
    detectBatch: (values, options, signal) => run({ kind: 'detectBatch', values, options }, { signal }),
    summarize(request) {
      const { timesMs, values } = request.samples;
      const buffers = new Set([timesMs.buffer, values.buffer] as ArrayBuffer[]);
      return run({ kind: 'summarize', request }, { transferList: [...buffers] });
    },
    async [Symbol.asyncDispose]() {
      if (pool.started()) await (await pool()).destroy();
    },
  };
}

async function startPool(): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: workerPath('src/analytics-worker.ts', 'analytics-worker.js'),
    minThreads: 0,
    maxThreads: 2,
    idleTimeout: 30_000,
    maxQueue: 256,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
}
