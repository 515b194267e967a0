import { round } from '../core/format.ts';
import { seriesName } from '../core/series.ts';
import type { MetricForecast } from '../metrics/forecast-metric.ts';
import type { TimeChart } from './chart.ts';

/** History is shown so many times as long as the horizon: a forecast at an edge is hard to read. */
const historyShare = 4;
const leastHistorySteps = 24;
/** A forecast starts with the step that is running, or where a series ended. */
const oldSteps = 2;

/** A forecast after the end of its history, with its intervals, and what it was worth on its own past. */
export function forecastChart(result: MetricForecast, nowMs: number): TimeChart {
  const { host, metric, labels, unit, history, startMs, forecast } = result;
  const { stepMs } = history;
  const horizon = forecast.mean.length;
  const shown = history.values.slice(-Math.max(leastHistorySteps, historyShare * horizon));
  const fromMs = startMs - shown.length * stepMs;
  const widestFirst = forecast.intervals.toSorted((a, b) => b.level - a.level);
  return {
    kind: 'time',
    title: `${seriesName(metric, labels)} on ${host}`,
    detail: detailOf(forecast),
    unit,
    fromMs,
    toMs: startMs + horizon * stepMs,
    now: { ms: startMs, name: nowMs - startMs < oldSteps * stepMs ? 'now' : 'end of data' },
    lines: [
      { name: 'measured', role: 'measured', startMs: fromMs, stepMs, values: shown },
      { name: 'forecast', role: 'forecast', startMs, stepMs, values: forecast.mean },
    ],
    bands: widestFirst.map(({ level, lower, upper }) => {
      return { name: `${round(level * 100)} % interval`, startMs, stepMs, lower, upper };
    }),
  };
}

function detailOf({ backtest }: MetricForecast['forecast']): string {
  const covered = backtest?.coverage[0]?.actual;
  if (!backtest || covered === undefined) return 'accuracy not known';
  return `the interval held ${round(covered * 100, 3)} % in ${backtest.n} backtests`;
}
