import * as z from 'zod';
import {
  coverageData,
  coverageNote,
  defineTool,
  formatDuration,
  formatTime,
  formatValue,
  jsonNumber,
  parameters,
  parseDuration,
  parseInterval,
  pointsWithin,
  recordData,
  recordNotes,
  round,
  safeLabels,
  safeName,
  seriesName,
  withChart,
} from '../src/server/define.ts';

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
    level: z.number().gt(0.4).lt(0.999).default(0.95),
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
    const { forecast, history, unit, startMs } = result;
    const { mean, backtest, intervals, warnings } = forecast;
    const [interval] = intervals;
    const every = Math.ceil(mean.length / pointsWithin(max_tokens, { fixed: 700, each: 18 }));
    const shown = [...mean.keys()].filter((i) => (i + 1) % every === 0);
    const points = (values: Float64Array | undefined) => shown.map((i) => jsonNumber(values?.[i] ?? Number.NaN, 4));
    const value = (number: number | undefined) => formatValue(number ?? Number.NaN, unit);
    const last = history.values.findLast((candidate) => !Number.isNaN(candidate));
    const peak = mean.indexOf(mean.reduce((a, b) => Math.max(a, b)));
    const covered = backtest?.coverage[0]?.actual ?? Number.NaN;
    const percent = round(level * 100);
    const quality = backtest
      ? `On this series' own past (${backtest.n} backtests) its error was ${round(backtest.mase, 3)} MASE, ${backtest.baseline} had ${round(backtest.baselineMase, 3)}; the ${percent} % interval held ${round(covered * 100, 3)} % of the values.`
      : 'How accurate it is on this series is not known: the history is too short to measure it.';
    const changes = result.changes.slice(-3).map(({ timeMs, text }) => `${formatTime(timeMs)}: ${safeName(text, 200)}`);
    const start = formatTime(startMs + (shown[0] ?? 0) * history.stepMs);
    const stepText = formatDuration(history.stepMs * every);
    const text = [
      `${safeName(seriesName(result.metric, result.labels), 255)} on ${safeName(result.host)}: now ${value(last)}; in ${horizon} ${value(mean.at(-1))}, ${percent} % interval ${value(interval?.lower.at(-1))} to ${value(interval?.upper.at(-1))}; highest ${value(mean[peak])} at ${formatTime(startMs + peak * history.stepMs)}.`,
      `Forecaster ${forecast.model}, from ${history.values.length} step${history.values.length === 1 ? '' : 's'} of ${formatDuration(history.stepMs)}. ${quality}`,
      ...recordNotes(result.record, forecast.model),
      ...warnings.map((warning) => `Note: ${warning}`),
      ...changes.map((change) => `Note: ${change}.`),
      ...(result.coverage.reasons.length > 0 ? [coverageNote(result.coverage)] : []),
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
        step: stepText,
        level,
        mean: points(mean),
        lower: points(interval?.lower),
        upper: points(interval?.upper),
        backtest: backtest && {
          mase: jsonNumber(backtest.mase, 4),
          baseline_mase: jsonNumber(backtest.baselineMase, 4),
          coverage: jsonNumber(covered, 4),
          n: backtest.n,
        },
        record: recordData(result.record),
        warnings,
        ...(changes.length > 0 && { changes }),
        coverage: coverageData(result.coverage),
      },
    };
    return withChart(answer, drawn);
  },
});
