import type { OpsSeries } from './ops-series.ts';
import type { SeriesScores } from './ops-summary.ts';
import { type Effort, type OwnPrediction, predict } from './prediction.ts';
import { scoreWindow } from './window-score.ts';
import type { Window } from './windows.ts';

export interface MeasuredSeries {
  readonly scores: SeriesScores;
  readonly predictions: readonly OwnPrediction[];
}

/** Ours on windows of one series; times are told to it, no period and no bounds. */
export function measureSeries({ name, metric }: OpsSeries, windows: readonly Window[], effort: Effort): MeasuredSeries {
  const predictions = windows.map((window) => predict(window.history, optionsOf(window, effort)));
  const scored = windows.flatMap((window, i) => {
    const prediction = predictions[i];
    return prediction === undefined ? [] : [scoreWindow(window, prediction)];
  });
  return { scores: { series: { name, metric }, windows: scored }, predictions };
}

function optionsOf({ series, history, actual, origin }: Window, effort: Effort) {
  const startMs = series.startMs + (origin - history.length) * series.stepMs;
  return { horizon: actual.length, stepMs: series.stepMs, startMs, effort };
}
