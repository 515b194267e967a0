import { round } from '../core/format.ts';
import { seriesName } from '../core/series.ts';
import type { MetricForecast } from '../metrics/forecast-metric.ts';
import type { Steps, TimeChart } from './chart.ts';

/** History is shown so many times as long as the horizon: a forecast at an edge is hard to read. */
const historyShare = 3;
const leastHistorySteps = 12;
/** A forecast starts with the step that is running, or where a series ended. */
const oldSteps = 2;

/** A forecast after the end of its history, with its intervals, and what it was worth on its own past. */
export function forecastChart(result: MetricForecast, nowMs: number): TimeChart {
  const { host, metric, labels, shownUnit, history, startMs, forecast } = result;
  const { stepMs } = history;
  const horizon = forecast.mean.length;
  const shown = history.values.slice(-Math.max(leastHistorySteps, historyShare * horizon));
  const fromMs = startMs - shown.length * stepMs;
  const widestFirst = forecast.intervals.toSorted((a, b) => b.level - a.level);
  const ahead = afterLast(shown.at(-1), { startMs, stepMs });
  return {
    kind: 'time',
    title: `${seriesName(metric, labels)} on ${host}`,
    detail: detailOf(forecast),
    unit: shownUnit,
    fromMs,
    toMs: startMs + horizon * stepMs,
    now: { ms: startMs, name: nowMs - startMs < oldSteps * stepMs ? 'now' : 'end of data' },
    lines: [
      { name: 'measured', role: 'measured', startMs: fromMs, stepMs, values: shown },
      { name: 'forecast', role: 'forecast', ...ahead.steps, values: ahead.joined(forecast.mean) },
    ],
    bands: widestFirst.map(({ level, lower, upper }) => {
      const name = `${round(level * 100)} % interval`;
      return { name, ...ahead.steps, lower: ahead.joined(lower), upper: ahead.joined(upper) };
    }),
  };
}

/** A forecast goes on from the last value that was measured, where there is one: its line starts there. */
function afterLast(last: number | undefined, { startMs, stepMs }: Steps) {
  if (last === undefined || !Number.isFinite(last)) {
    return { steps: { startMs, stepMs }, joined: (values: Float64Array) => values };
  }
  return {
    steps: { startMs: startMs - stepMs, stepMs },
    joined: (values: Float64Array) => Float64Array.of(last, ...values),
  };
}

function detailOf({ backtest }: MetricForecast['forecast']): string {
  const covered = backtest?.coverage[0]?.actual;
  if (!backtest || covered === undefined) return 'accuracy not known';
  if (Number.isNaN(covered)) return 'how often the interval holds is not known';
  return `the interval held ${round(covered * 100, 3)} % in ${backtest.n} backtests`;
}
