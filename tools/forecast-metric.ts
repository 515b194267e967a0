import * as z from 'zod';
import {
  counted,
  coverageData,
  coverageNote,
  defineTool,
  formatDuration,
  formatTime,
  formatValue,
  jsonNumber,
  type MetricForecast,
  parameters,
  parseDuration,
  parseInterval,
  pointsWithin,
  qualityData,
  qualityNote,
  recordData,
  recordNotes,
  round,
  safeLabels,
  safeName,
  seriesName,
  withChart,
  withoutNoise,
} from '../src/server/define.ts';

/** A share such as 0.95; models give percent, too. */
const inLevels = {
  error({ input }: { readonly input?: unknown }): string {
    const percent = Number.parseFloat(String(input));
    const meant = percent > 40 && percent < 99.9 ? ` (did you mean ${round(percent / 100)}?)` : '';
    return `must be a number above 0.4 and below 0.999, such as 0.95${meant}`;
  },
};

export const forecastMetric = defineTool({
  name: 'forecast_metric',
  title: 'Forecast a metric',
  description: 'What one series will do: expected values, an interval, its measured error beside a naive one.',
  toolset: 'analyze',
  readOnly: true,
  analysis: true,
  input: z.strictObject({
    host: parameters.host,
    metric: parameters.metric,
    labels: parameters.labels,
    horizon: z.string().max(32).default('1h'),
    from: z.string().max(64).optional(),
    step: parameters.step,
    exclude: parameters.exclude,
    level: z.number(inLevels).gt(0.4, inLevels).lt(0.999, inLevels).default(0.95),
    chart: parameters.chart,
    max_tokens: parameters.max_tokens,
  }),
  async run({ host, metric, labels, horizon, from, step, exclude = [], level, chart, max_tokens }, call) {
    call.progress(0, 1, 'Comparing forecasters on the history');
    const result = await call.app.forecastMetric(
      {
        host,
        metric,
        labels,
        nowMs: call.nowMs,
        horizonMs: parseDuration(horizon, 'horizon'),
        fromMs: from === undefined ? undefined : call.time(from, 'from'),
        stepMs: step === undefined ? undefined : parseDuration(step, 'step'),
        exclude: exclude.map((text) => parseInterval(text, call.nowMs, 'exclude')),
        level,
      },
      call.signal,
    );
    const drawn = chart
      ? await call.app.drawChart({ kind: 'forecast', result, nowMs: call.nowMs }, call.caller, call.signal)
      : undefined;
    call.progress(1, 1, 'Done');
    const { forecast, history, unit } = result;
    const { mean, intervals, warnings } = forecast;
    const [interval] = intervals;
    const every = Math.ceil(mean.length / pointsWithin(max_tokens, { fixed: 800, each: 18 }));
    const shown = [...mean.keys()].filter((i) => (i + 1) % every === 0);
    const clean = withoutNoise(history.values);
    const points = (values: Float64Array | undefined) =>
      shown.map((i) => jsonNumber(clean(values?.[i] ?? Number.NaN), 4));
    const changes = result.changes.slice(-3).map(({ timeMs, text }) => `${formatTime(timeMs)}: ${safeName(text, 200)}`);
    const start = formatTime(result.startMs + (shown[0] ?? 0) * history.stepMs);
    const stepText = formatDuration(history.stepMs * every);
    const text = [
      head(result, level),
      `Forecaster ${forecast.model}, from ${counted(history.values.length, 'step')} of ${formatDuration(history.stepMs)} since ${formatTime(history.startMs)}. ${qualityNote(result, level)}`,
      ...recordNotes(result.record, forecast.model),
      ...warnings.map((warning) => `Note: ${warning}`),
      ...changes.map((change) => `Note: ${change}.`),
      ...(result.coverage.reasons.length > 0
        ? [coverageNote(result.coverage, from === undefined ? 'looked at' : 'asked for')]
        : []),
      `Every ${stepText} from ${start}, unit ${unit}:`,
      `  mean ${points(mean).join(' ')}`,
      `  lower ${points(interval?.lower).join(' ')}`,
      `  upper ${points(interval?.upper).join(' ')}`,
    ].join('\n');
    const answer = {
      text,
      data: {
        host: safeName(result.host, 255),
        metric: safeName(result.metric),
        labels: safeLabels(result.labels),
        unit,
        model: forecast.model,
        start,
        end: formatTime(endOf(result)),
        step: stepText,
        level,
        mean: points(mean),
        lower: points(interval?.lower),
        upper: points(interval?.upper),
        history: {
          start: formatTime(history.startMs),
          end: formatTime(result.startMs),
          last: lastOf(result),
          running: jsonNumber(result.running ?? Number.NaN, 4),
        },
        backtest: qualityData(result),
        record: recordData(result.record),
        warnings,
        ...(changes.length > 0 && { changes }),
        coverage: coverageData(result.coverage),
      },
    };
    return withChart(answer, drawn);
  },
});

function endOf({ forecast, history, startMs }: MetricForecast): number {
  return startMs + forecast.mean.length * history.stepMs;
}

/** The last step of the history that has a value. */
function lastOf({ history: { startMs, stepMs, values } }: MetricForecast) {
  const i = values.findLastIndex((value) => !Number.isNaN(value));
  return { time: formatTime(startMs + i * stepMs), value: jsonNumber(values[i] ?? Number.NaN, 4) };
}

/** What was last, and what will be at the end, between which values and at the most and the least. */
function head(result: MetricForecast, level: number): string {
  const { forecast, history, shownUnit, startMs } = result;
  const { mean, intervals } = forecast;
  const [interval] = intervals;
  const clean = withoutNoise(history.values);
  const value = (number: number | null | undefined) => formatValue(clean(number ?? Number.NaN), shownUnit);
  const at = (i: number) => [value(mean[i]), formatTime(startMs + i * history.stepMs)] as const;
  const highest = at(mean.indexOf(mean.reduce((a, b) => Math.max(a, b))));
  const lowest = at(mean.indexOf(mean.reduce((a, b) => Math.min(a, b))));
  const range = highest[0] === lowest[0] ? '' : `; highest ${highest.join(' at ')}, lowest ${lowest.join(' at ')}`;
  const last = lastOf(result);
  const since = result.running === null ? '' : `, ${value(result.running)} since`;
  const ahead = formatDuration(mean.length * history.stepMs);
  return [
    `${safeName(seriesName(result.metric, result.labels), 255)} on ${safeName(result.host)}: last ${value(last.value)} (${formatDuration(history.stepMs)} from ${last.time})${since}.`,
    `Forecast from ${formatTime(startMs)} to ${formatTime(endOf(result))} (${ahead}): ${value(mean.at(-1))} at the end, ${round(level * 100)} % interval ${value(interval?.lower.at(-1))} to ${value(interval?.upper.at(-1))}${range}.`,
  ].join(' ');
}
