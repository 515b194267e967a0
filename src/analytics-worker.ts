import { compareWindows, detectBatch, forecast, timeToThreshold } from './analytics/index.ts';
import type { CompareInput, DetectInput, ForecastInput, ThresholdQuestion } from './analytics/runner.ts';
import { type ErrorCode, toOpenManagerError } from './core/errors.ts';
import { type SummaryRequest, summarize } from './metrics/summarize.ts';

/** Several series a task, as a message costs more than a short series. */
export type AnalysisTask =
  | { kind: 'forecast'; series: readonly ForecastInput[] }
  | { kind: 'detectBatch'; series: readonly DetectInput[] }
  | { kind: 'compareWindows'; series: readonly CompareInput[] };

export type Task =
  | AnalysisTask
  | { kind: 'timesToThresholds'; questions: readonly ThresholdQuestion[] }
  | { kind: 'summarize'; request: SummaryRequest };

/** A refusal travels as data: an error's class does not survive the way between threads. */
export type TaskOutcome =
  | { ok: true; result: unknown }
  | { ok: false; code: ErrorCode; message: string; cause?: Error };

/** Runs one task in a worker thread; an outcome for each of its series, in their order. */
export default function runTask(task: Task): TaskOutcome[] {
  switch (task.kind) {
    case 'forecast':
      return task.series.map(({ values, options }) => outcomeOf(() => forecast(values, options)));
    case 'detectBatch':
      return task.series.map(({ values, options }) => outcomeOf(() => detectBatch(values, options)));
    case 'compareWindows':
      return task.series.map(({ values, options }) => outcomeOf(() => compareWindows(values, options)));
    case 'timesToThresholds':
      return task.questions.map(({ values, options }) => outcomeOf(() => timeToThreshold(values, options)));
    case 'summarize':
      return [outcomeOf(() => summarize(task.request))];
  }
}

function outcomeOf(work: () => unknown): TaskOutcome {
  try {
    return { ok: true, result: work() };
  } catch (thrown) {
    const { code, message } = toOpenManagerError(thrown);
    return { ok: false, code, message, ...(thrown instanceof Error && code === 'internal' && { cause: thrown }) };
  }
}
