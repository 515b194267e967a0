import type { BacktestSummary } from '../analytics/index.ts';
import { formatValue, jsonNumber, round } from '../core/format.ts';
import { counted } from '../core/text.ts';
import { formatDuration } from '../core/time.ts';
import { type Errors, errorText, zeroUpTo } from './error-text.ts';
import type { MetricForecast } from './forecast-metric.ts';

/** What is below this share of the largest value is rounding of the computation. */
const noiseOfSize = 1e-9;
/** An error below this share of what the series has moved is none to a reader. */
const noiseOfRange = 1e-5;

/** Gives 0 for numbers that are nothing but rounding beside the values of a history. */
export function withoutNoise(history: Float64Array): (value: number) => number {
  return zeroUpTo(noiseOfSize * extent(history).size);
}

/** In the series' unit. */
function errorsOf({ mase, baselineMase, scale }: BacktestSummary, history: Float64Array): Errors {
  const shown = withoutErrorNoise(history);
  return { error: shown(mase * scale), baseline: shown(baselineMase * scale) };
}

/** Gives 0 for errors that are none to a reader beside the values of a history. */
export function withoutErrorNoise(history: Float64Array): (error: number) => number {
  const { size, range } = extent(history);
  return zeroUpTo(Math.max(noiseOfSize * size, noiseOfRange * range));
}

/** How good forecasts of this very series were on its own past, beside the naive method's, in a sentence. */
export function qualityNote({ forecast, history, shownUnit }: MetricForecast, level: number): string {
  const { backtest } = forecast;
  if (backtest === null)
    return 'How accurate it is on this series is not known: the history holds too little to measure it by.';
  const { n, baseline, coverage } = backtest;
  const error = errorText(errorsOf(backtest, history.values), {
    naive: `repeating ${naiveText(baseline, history.stepMs)}`,
    shown: (value) => formatValue(value, shownUnit),
  });
  const held = heldText(coverage[0]?.actual ?? Number.NaN, `${round(level * 100)} % interval`);
  return `On this series' own past (${counted(n, 'backtest')}) its mean error was ${error}; ${held}.`;
}

/** `share`: NaN where the backtests have too much in common for one to be a test of what the others tell. */
function heldText(share: number, interval: string): string {
  if (Number.isNaN(share)) return `how often the ${interval} holds is not known, as the history is short`;
  return `the ${interval} held ${round(share * 100, 3)} % of the values`;
}

/** What the baseline repeats. */
function naiveText(model: string, stepMs: number): string {
  const period = /^seasonal-naive\((\d+)\)$/.exec(model)?.[1];
  return period === undefined ? 'the last value' : `the values of ${formatDuration(Number(period) * stepMs)} before`;
}

/** The same for programs; errors in the series' unit, and scaled (MASE). */
export function qualityData({ forecast, history }: MetricForecast) {
  const { backtest } = forecast;
  if (backtest === null) return null;
  const errors = errorsOf(backtest, history.values);
  const scaled = (mase: number, error: number) => (error === 0 ? 0 : jsonNumber(mase, 4));
  return {
    mase: scaled(backtest.mase, errors.error),
    baseline_mase: scaled(backtest.baselineMase, errors.baseline),
    error: jsonNumber(errors.error, 4),
    baseline_error: jsonNumber(errors.baseline, 4),
    baseline: backtest.baseline,
    coverage: jsonNumber(backtest.coverage[0]?.actual ?? Number.NaN, 4),
    n: backtest.n,
  };
}

/** The largest absolute value, and how far apart the lowest and the highest are. */
function extent(values: Float64Array): { size: number; range: number } {
  const known = values.filter(Number.isFinite);
  const lowest = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const highest = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return { size: Math.max(0, -lowest, highest), range: Math.max(0, highest - lowest) };
}
