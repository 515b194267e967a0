import { type DetectOptions, detectBatch, type ForecastOptions, forecast } from './analytics/index.ts';
import { type ErrorCode, OpenManagerError } from './core/errors.ts';
import { type SummaryRequest, summarize } from './metrics/summarize.ts';

export type Task =
  | { kind: 'forecast'; values: Float64Array; options: ForecastOptions }
  | { kind: 'detectBatch'; values: Float64Array; options: DetectOptions }
  | { kind: 'summarize'; request: SummaryRequest };

/** A refusal travels as data: an error's class does not survive the way between threads. */
export type TaskOutcome<T> = { ok: true; result: T } | { ok: false; code: ErrorCode; message: string };

/** Runs one task in a worker thread. */
export default function runTask(task: Task): TaskOutcome<unknown> {
  try {
    return { ok: true, result: resultOf(task) };
  } catch (error) {
    if (error instanceof OpenManagerError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

function resultOf(task: Task): unknown {
  switch (task.kind) {
    case 'forecast':
      return forecast(task.values, task.options);
    case 'detectBatch':
      return detectBatch(task.values, task.options);
    case 'summarize':
      return summarize(task.request);
  }
}
