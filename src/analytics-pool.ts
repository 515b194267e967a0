import { Piscina } from 'piscina';
import type { AnalyticsRunner } from './analytics/runner.ts';
import type { Task, TaskOutcome } from './analytics-worker.ts';
import { OpenManagerError } from './core/errors.ts';
import { workerPath } from './core/package-path.ts';

export interface AnalyticsPool extends AnalyticsRunner, AsyncDisposable {}

/** Runs the analytics library in worker threads that start with the first task and end when idle. */
export function createAnalyticsPool(): AnalyticsPool {
  const pool = new Piscina({
    filename: workerPath('src/analytics-worker.ts', 'analytics-worker.js'),
    minThreads: 0,
    maxThreads: 2,
    idleTimeout: 30_000,
    maxQueue: 256,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });

  async function run<T>(task: Task, signal: AbortSignal): Promise<T> {
    const outcome: TaskOutcome<T> = await pool.run(task, { signal });
    if (outcome.ok) return outcome.result;
    throw new OpenManagerError(outcome.code, outcome.message);
  }

  return {
    forecast: (values, options, signal) => run({ kind: 'forecast', values, options }, signal),
    detectBatch: (values, options, signal) => run({ kind: 'detectBatch', values, options }, signal),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}
