import * as z from 'zod';
import type { CorrelatedResource, CorrelatedSeries, CorrelationResult } from '../src/metrics/find-correlated.ts';
import {
  counted,
  coverageData,
  coverageNote,
  defineTool,
  formatDuration,
  formatTime,
  formatValue,
  jsonNumber,
  parameters,
  parseInterval,
  round,
  safeLabels,
  safeName,
  seriesName,
  withChart,
} from '../src/server/define.ts';

export const findCorrelatedMetrics = defineTool({
  name: 'find_correlated_metrics',
  title: 'Find correlated metrics',
  description: 'What changed in an incident, or with a metric: likeliest cause first.',
  toolset: 'analyze',
  readOnly: true,
  analysis: true,
  input: z.strictObject({
    host: parameters.host,
    metric: parameters.metric.optional(),
    labels: parameters.plainLabels,
    from: parameters.plainFrom,
    to: parameters.to,
    baseline: parameters.interval.describe('from/to').optional(),
    limit: parameters.limit,
    cursor: parameters.cursor,
    chart: parameters.chart,
    max_tokens: parameters.max_tokens,
  }),
  async run({ host, metric, labels, from, to, baseline, chart }, call) {
    const window = { fromMs: call.time(from, 'from'), toMs: call.time(to, 'to') };
    const result = await call.app.findCorrelated(
      {
        ...{ host, metric, labels, ...window, nowMs: call.nowMs },
        baseline: baseline === undefined ? undefined : parseInterval(baseline, call.nowMs, 'baseline'),
      },
      call.signal,
      call.progress,
    );
    const page = call.list(result.resources, { line, row });
    const [first] = result.resources;
    const [strongest] = first?.series ?? [];
    const drawn =
      chart && strongest !== undefined
        ? await call.app.drawChart(
            {
              kind: 'query',
              query: {
                ...{ host, metric: strongest.metric, labels: strongest.labels, nowMs: call.nowMs, aggregation: 'avg' },
                ...{ fromMs: Math.min(window.fromMs, result.baseline.fromMs), toMs: window.toMs },
              },
              ...{ skip: 0, count: 1 },
            },
            call.caller,
            call.signal,
          )
        : undefined;
    const span = spanText(window);
    const text = [
      headOf(result, span),
      coverageNote(result.coverage),
      result.leftOut > 0 && `${result.leftOut} more series were not looked at.`,
      ...page.lines,
      page.total > 0 && 'These are candidates, not proof; query_metrics shows each.',
      page.notice,
    ];
    const answer = {
      text: text.filter(Boolean).join('\n'),
      data: {
        host: safeName(host ?? call.app.localHost, 255),
        from: formatTime(window.fromMs),
        to: formatTime(window.toMs),
        baseline: { from: formatTime(result.baseline.fromMs), to: formatTime(result.baseline.toMs) },
        earlier_days: result.earlierDays,
        step: formatDuration(result.stepMs),
        series: result.series,
        compared: result.compared,
        changed: result.changed,
        coverage: coverageData(result.coverage),
        resources: page.rows,
        ...page.paging,
      },
    };
    return withChart(answer, drawn);
  },
});

function spanText({ fromMs, toMs }: { fromMs: number; toMs: number }): string {
  return `${formatTime(fromMs)} to ${formatTime(toMs)}`;
}

function headOf({ resources, metric, samples, baseline, ...result }: CorrelationResult, span: string): string {
  const days = result.earlierDays > 0 ? ` and the same time of ${result.earlierDays} earlier days` : '';
  const beside = `${span} beside ${spanText(baseline)}${days}, steps of ${formatDuration(result.stepMs)}`;
  const of = `${result.changed} of ${counted(result.compared, 'series', 'series')}`;
  const name = metric && safeName(seriesName(metric.metric, metric.labels), 200);
  if (resources.length > 0) {
    const what = `${counted(resources.length, 'resource')} changed${name ? ` with ${name}` : ''}`;
    return `${what} (${of}) in ${beside}; likeliest cause first.`;
  }
  if (samples.incident === 0) {
    return `There are no samples from ${span}: ${[...result.coverage.reasons, 'list_hosts tells since when there is data'].join('; ')}.`;
  }
  if (samples.baseline === 0) {
    return `There is nothing to hold ${span} against: no samples from ${spanText(baseline)}. Name another baseline; list_hosts tells since when there is data.`;
  }
  const rest = name
    ? `${metric?.changed ? '' : 'It did not change itself. '}Leave out metric to see what changed at all (${of}).`
    : 'Try another window or an earlier baseline; detect_anomalies looks at a longer time.';
  return `Nothing stands out in ${beside}: no series changed${name ? ` with ${name}` : ''} more than it does by itself. ${rest}`;
}

function line({ resource, series, onsetMs, reason }: CorrelatedResource): string {
  const [strongest, ...others] = series;
  if (strongest === undefined) return '';
  const { statistic, pValue, unusual } = strongest;
  const also = others.slice(0, shownOthers).map(changeText).join(', ');
  const more = others.length > shownOthers ? ` and ${others.length - shownOthers} more` : '';
  return [
    `${safeName(resource, 80)}: ${changeText(strongest)} from ${formatTime(onsetMs)}, ${reason}`,
    `${timesText(unusual)} beyond its usual, KS ${round(statistic, 2)}, p ${round(pValue, 1)}`,
    also && `also ${also}${more}`,
  ]
    .filter(Boolean)
    .join('; ');
}

const shownOthers = 3;

function timesText(unusual: number): string {
  return unusual >= 1000 ? '1000 times or more' : `${round(unusual, 2)} times`;
}

function changeText(one: CorrelatedSeries): string {
  const name = safeName(seriesName(one.metric, one.labels), 200);
  const value = (number: number) => formatValue(number, one.shownUnit);
  return `${name} ${one.kind} ${value(one.before)} -> ${value(one.during)}`;
}

function row({ resource, series, score, onsetMs, lagMs, reason }: CorrelatedResource): Record<string, unknown> {
  const [strongest, ...others] = series;
  return {
    resource: safeName(resource, 80),
    ...(strongest && {
      metric: safeName(strongest.metric),
      labels: safeLabels(strongest.labels),
      unit: safeName(strongest.unit, 63),
      kind: strongest.kind,
      before: jsonNumber(strongest.before),
      during: jsonNumber(strongest.during),
      shift: jsonNumber(strongest.shift, 3),
      unusual: jsonNumber(strongest.unusual, 3),
      ks: jsonNumber(strongest.statistic, 3),
      p: jsonNumber(strongest.pValue, 2),
      ...(strongest.together && {
        correlation: jsonNumber(strongest.together.correlation, 3),
        correlation_lag_s: strongest.together.lagMs / 1000,
      }),
    }),
    score: jsonNumber(score, 3),
    onset: formatTime(onsetMs),
    lag_s: lagMs / 1000,
    reason,
    others: others.slice(0, shownOthers).map(changeText),
    others_left_out: Math.max(0, others.length - shownOthers),
  };
}
