import * as z from 'zod';
import {
  aggregations,
  coverageData,
  coverageNote,
  defineTool,
  formatDuration,
  formatTime,
  formatValue,
  jsonNumber,
  parameters,
  parseDuration,
  pointsWithin,
  safeLabels,
  safeName,
  seriesName,
  withChart,
} from '../src/server/define.ts';

export const queryMetrics = defineTool({
  name: 'query_metrics',
  title: 'Query metrics',
  description: 'What a metric did: statistics and at most 60 points a series.',
  toolset: 'observe',
  readOnly: true,
  input: z.strictObject({
    host: parameters.host,
    metric: parameters.metric,
    labels: parameters.labels,
    from: parameters.from,
    to: parameters.to,
    step: parameters.step,
    aggregation: z.enum(aggregations).default('avg'),
    limit: parameters.limit,
    cursor: parameters.cursor,
    chart: parameters.chart,
    max_tokens: parameters.max_tokens,
  }),
  async run({ host, metric, labels, from, to, step, aggregation, cursor, chart, max_tokens }, call) {
    const window = { fromMs: call.time(from, 'from'), toMs: call.time(to, 'to') };
    const stepMs = step === undefined ? undefined : parseDuration(step, 'step');
    const maxPoints = pointsWithin(max_tokens, { fixed: 450, each: 8 });
    const query = { host, metric, labels, ...window, nowMs: call.nowMs, stepMs, aggregation, maxPoints };
    const { series, matched, coverage } = await call.app.queryMetric(query);
    const page = call.list(series, {
      line({ points, statistics, unit, shownUnit, ...one }) {
        const shown = (['last', 'mean', 'min', 'p50', 'p95', 'max'] as const)
          .filter((name) => !Number.isNaN(statistics[name]))
          .map((name) => `${name} ${formatValue(statistics[name], shownUnit)}`);
        const values = Array.from(points.values, (value) => jsonNumber(value, 4) ?? '-').join(' ');
        return [
          `${safeName(seriesName(one.metric, one.labels), 255)} (unit ${unit}): ${shown.join(', ')}; ${statistics.n} ${statistics.n === 1 ? 'sample' : 'samples'}`,
          `  ${aggregation} per ${formatDuration(points.stepMs)} from ${formatTime(points.startMs)}: ${values}`,
        ].join('\n');
      },
      row: ({ points, statistics, unit, ...one }) => ({
        metric: safeName(one.metric),
        labels: safeLabels(one.labels),
        unit,
        statistics: Object.fromEntries(Object.entries(statistics).map(([name, value]) => [name, jsonNumber(value)])),
        start: formatTime(points.startMs),
        step: formatDuration(points.stepMs),
        values: Array.from(points.values, (value) => jsonNumber(value, 4)),
      }),
    });
    const view = { query, skip: Number(cursor ?? 0), count: page.rows.length };
    const drawn =
      chart && page.total > 0
        ? await call.app.drawChart({ kind: 'query', ...view }, call.caller, call.signal)
        : undefined;
    const span = `${formatTime(window.fromMs)} to ${formatTime(window.toMs)}`;
    const hint =
      window.fromMs >= call.nowMs
        ? 'That is in the future: forecast_metric predicts.'
        : [...coverage.reasons, 'list_hosts tells since when there is data'].join('; ').concat('.');
    const head =
      page.total === 0
        ? `No samples of ${safeName(metric)} from ${span} (series that match: ${matched}). ${hint}`
        : `${safeName(metric)} on ${safeName(series[0]?.host ?? '')}, ${span}; ${page.total} series${page.total > 1 ? ', the greatest mean first' : ''}.`;
    const answer = {
      text: [head, page.total > 0 && coverageNote(coverage), ...page.lines, page.notice].filter(Boolean).join('\n'),
      data: {
        host: safeName(series[0]?.host ?? host ?? call.app.localHost, 255),
        from: formatTime(window.fromMs),
        to: formatTime(window.toMs),
        aggregation,
        coverage: coverageData(coverage),
        series: page.rows,
        ...page.paging,
      },
    };
    return withChart(answer, drawn);
  },
});
