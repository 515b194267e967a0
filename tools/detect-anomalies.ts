import * as z from 'zod';
import {
  type Anomaly,
  counted,
  coverageData,
  coverageNote,
  defineTool,
  flaggedData,
  flaggedNote,
  formatDuration,
  formatTime,
  formatValue,
  hypothesisData,
  hypothesisNotes,
  jsonNumber,
  parameters,
  parseDuration,
  round,
  safeLabels,
  safeName,
  seriesName,
  severities,
  withChart,
} from '../src/server/define.ts';

export const detectAnomalies = defineTool({
  name: 'detect_anomalies',
  title: 'Detect anomalies',
  description: 'What was odd in one metric or all: ranked, with band and score.',
  toolset: 'analyze',
  readOnly: true,
  analysis: true,
  input: z.strictObject({
    host: parameters.host,
    metric: parameters.metric.optional(),
    labels: parameters.plainLabels,
    from: parameters.from,
    to: parameters.to,
    step: parameters.step,
    sensitivity: z.number().min(0).max(1).default(0.5),
    min_severity: z.enum(severities).optional(),
    limit: parameters.limit,
    cursor: parameters.cursor,
    chart: parameters.chart,
    max_tokens: parameters.max_tokens,
  }),
  async run({ host, metric, labels, from, to, step, sensitivity, min_severity: minSeverity, chart }, call) {
    const window = { fromMs: call.time(from, 'from'), toMs: call.time(to, 'to') };
    const stepMs = step === undefined ? undefined : parseDuration(step, 'step');
    const result = await call.app.findAnomalies(
      { host, metric, labels, ...window, nowMs: call.nowMs, stepMs, sensitivity, minSeverity },
      call.signal,
      call.progress,
    );
    const hypotheses = hypothesisData(result.anomalies);
    const page = call.list(result.anomalies, {
      line,
      row,
      reserve: 200 + 120 * hypotheses.length,
    });
    const span = `${formatTime(window.fromMs)} to ${formatTime(window.toMs)}`;
    const looked = `${result.series} series, ${span}, steps of ${formatDuration(result.stepMs)}`;
    const unknown =
      result.samples === 0 || window.fromMs >= call.nowMs
        ? `There are no samples from ${span}: ${[...result.coverage.reasons, 'list_hosts tells since when there is data'].join('; ')}.`
        : result.tooShort > 0
          ? `For ${result.tooShort} of them the history is too short to say what is usual.`
          : '';
    const rest = result.leftOut > 0 && `${result.leftOut} more series were not looked at: name a metric of theirs.`;
    const unflagged = !result.isFlaggedKnown && 'What was flagged as samples arrived cannot be read now.';
    const none = unknown || 'A higher sensitivity finds smaller ones.';
    const head =
      page.total === 0
        ? `Nothing odd found in ${looked}. ${none}`
        : `${counted(page.total, 'odd interval')} in ${looked}, strongest first. ${unknown}`.trim();
    const { oddest: series, anomalies } = result;
    const tooShort = result.tooShort === result.series;
    const drawn =
      chart && series !== null
        ? await call.app.drawChart(
            { kind: 'anomalies', ...window, series, anomalies, tooShort },
            call.caller,
            call.signal,
          )
        : undefined;
    const answer = {
      text: [
        head,
        ...hypothesisNotes(hypotheses),
        rest,
        unflagged,
        result.samples > 0 && coverageNote(result.coverage),
        ...page.lines,
        page.notice,
      ]
        .filter(Boolean)
        .join('\n'),
      data: {
        host: safeName(host ?? call.app.localHost, 255),
        from: formatTime(window.fromMs),
        to: formatTime(window.toMs),
        step: formatDuration(result.stepMs),
        series: result.series,
        series_left_out: result.leftOut,
        too_short: result.tooShort,
        coverage: coverageData(result.coverage),
        ...(hypotheses.length > 0 && { hypotheses }),
        anomalies: page.rows,
        ...page.paging,
      },
    };
    return withChart(answer, drawn);
  },
});

function whatWasOdd({ kind, shownUnit, ...one }: Anomaly): string {
  const value = (number: number) => formatValue(number, shownUnit);
  if (kind === 'standstill') return `stood still at ${value(one.value)}`;
  if (kind === 'course')
    return `an unusual course, such as ${value(one.value)} where ${value(one.expected)} was expected`;
  return `${value(one.value)} where ${value(one.lower)} to ${value(one.upper)} was expected`;
}

function line(one: Anomaly): string {
  const name = safeName(seriesName(one.metric, one.labels), 255);
  const span = `${formatTime(one.startMs)} for ${formatDuration(one.endMs - one.startMs)}`;
  return `${one.severity} ${round(one.score, 3)} ${name}: ${span}, ${whatWasOdd(one)}${flaggedNote(one.flagged)}`;
}

function row(one: Anomaly): Record<string, unknown> {
  return {
    metric: safeName(one.metric),
    labels: safeLabels(one.labels),
    unit: one.unit,
    start: formatTime(one.startMs),
    end: formatTime(one.endMs),
    peak: formatTime(one.peakMs),
    value: jsonNumber(one.value),
    expected: jsonNumber(one.expected),
    lower: jsonNumber(one.lower),
    upper: jsonNumber(one.upper),
    score: jsonNumber(one.score, 3),
    severity: one.severity,
    kind: one.kind,
    ...flaggedData(one.flagged),
  };
}
