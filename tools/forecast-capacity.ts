import * as z from 'zod';
import {
  type CapacityResult,
  counted,
  defineTool,
  formatDuration,
  formatTime,
  formatValue,
  jsonNumber,
  parameters,
  parseDuration,
  parseInterval,
  type ResourceForecast,
  round,
  safeLabels,
  safeName,
  withChart,
} from '../src/server/define.ts';

export const forecastCapacity = defineTool({
  name: 'forecast_capacity',
  title: 'Forecast capacity',
  description: 'What runs out first and when: disks, inodes, memory, swap, limits.',
  toolset: 'analyze',
  readOnly: true,
  analysis: true,
  input: z.strictObject({
    host: parameters.host.describe('Or prefix*; default: all'),
    metric: parameters.metric.describe('With threshold').optional(),
    labels: parameters.plainLabels,
    threshold: z.number().describe('Default: 90 %').optional(),
    direction: z.enum(['above', 'below']).optional(),
    horizon: z.string().max(32).default('30d'),
    from: z.string().max(64).optional(),
    exclude: parameters.exclude,
    limit: parameters.limit,
    cursor: parameters.cursor,
    chart: parameters.chart,
    max_tokens: parameters.max_tokens,
  }),
  async run({ host, metric, labels, threshold, direction, horizon, from, exclude = [], chart }, call) {
    const horizonMs = parseDuration(horizon, 'horizon');
    const result = await call.app.forecastCapacity(
      {
        host,
        metric,
        labels,
        threshold,
        direction,
        nowMs: call.nowMs,
        horizonMs,
        fromMs: from === undefined ? undefined : call.time(from, 'from'),
        exclude: exclude.map((text) => parseInterval(text, call.nowMs, 'exclude')),
      },
      call.signal,
      call.progress,
    );
    const page = call.list(result.resources, {
      line: (one) => line(one, { horizon, asOfMs: result.asOfMs, nowMs: call.nowMs }),
      row,
      reserve: 300,
    });
    const view = { ...result, nowMs: call.nowMs, horizonMs };
    const drawn = chart ? await call.app.drawChart({ kind: 'range', ...view }, call.caller, call.signal) : undefined;
    const answer = {
      text: [head(result, horizon), ...notes(result, call.nowMs), ...page.lines, page.notice]
        .filter(Boolean)
        .join('\n'),
      data: {
        as_of: formatTime(result.asOfMs),
        horizon,
        hosts: result.hosts,
        counts: countBy(result.resources, ({ status }) => status),
        reasons: countBy(result.resources, ({ reason }) => reason),
        resources: page.rows,
        stopped_hosts: result.silent.length,
        ...(result.excluded.length > 0 && {
          excluded: result.excluded.map(({ fromMs, toMs, hours }) => {
            return { from: formatTime(fromMs), to: formatTime(toMs), hours: jsonNumber(hours) };
          }),
        }),
        ...page.paging,
      },
    };
    return withChart(answer, drawn);
  },
});

const reasons: Readonly<Record<string, string>> = {
  'not-approaching': 'not approaching',
  'saw-tooth': 'resets itself before',
  'beyond-history': 'on its way, but further ahead than the history is long',
  'too-short': 'too short a history',
  'too-noisy': 'too noisy',
  stopped: 'no samples any more',
};

function head({ resources, hosts, asOfMs }: CapacityResult, horizon: string): string {
  const of = (status: ResourceForecast['status']) => resources.filter((one) => one.status === status);
  const why = (some: readonly ResourceForecast[]) => {
    const counts = Object.entries(countBy(some, ({ reason }) => reason));
    return counts.length === 0
      ? ''
      : ` (${counts.map(([reason, n]) => `${n} ${reasons[reason] ?? reason}`).join(', ')})`;
  };
  const [beyond, reaches, later, unknown] = [of('beyond'), of('reaches'), of('later'), of('unknown')];
  return `${counted(resources.length, 'resource')} of ${counted(hosts, 'host')}, ${horizon} from ${formatTime(asOfMs)}: ${beyond.length} ${sideOf(beyond)} the threshold, ${reaches.length} may reach it, ${later.length} will not${why(later)}, no prediction for ${unknown.length}${why(unknown)}.`;
}

/** Beyond it on the side on which that is. */
function sideOf(resources: readonly ResourceForecast[]): string {
  const below = resources.filter(({ direction }) => direction === 'below').length;
  return below === 0 ? 'over' : below === resources.length ? 'below' : 'beyond';
}

function notes({ silent, without, damagedHours, excluded, asOfMs }: CapacityResult, nowMs: number): string[] {
  const shown = silent.slice(0, 5).map(({ host, lastMs }) => `${safeName(host)} (${formatTime(lastMs)})`);
  const more = silent.length > shown.length ? ` and ${silent.length - shown.length} more` : '';
  return [
    asOfMs < nowMs ? `The data ends at ${formatTime(asOfMs)}: the forecast starts there.` : '',
    silent.length > 0 ? `Stopped reporting: ${shown.join(', ')}${more}.` : '',
    without > 0 ? `${counted(without, 'host has', 'hosts have')} nothing of it.` : '',
    damagedHours > 0 ? `${counted(damagedHours, 'hour')} of series cannot be read, the data is damaged.` : '',
    excluded.length > 0 ? `Left out of the history: ${excluded.map(leftOut).join('; ')}.` : '',
  ];
}

/** `36 h, 2026-02-27T12:00:00Z to 2026-03-01T00:00:00Z`. */
function leftOut({ fromMs, toMs, hours }: CapacityResult['excluded'][number]): string {
  const part = hours === 0 ? 'nothing, as it begins later or ends before' : `${round(hours, 3)} h`;
  return `${part}, ${formatTime(fromMs)} to ${formatTime(toMs)}`;
}

interface Span {
  readonly horizon: string;
  readonly asOfMs: number;
  readonly nowMs: number;
}

/** `web-1 filesystem /var: 71 %; rises to 90 % likely 2026-12-03 (in 8d), 2026-11-30 to 2026-12-09; error 0.4 %, staying flat 2 %`. */
function line(one: ResourceForecast, span: Span): string {
  const value = (number: number) => formatValue(number, one.shownUnit);
  const { startsFrom } = one;
  const before =
    startsFrom === null
      ? ''
      : ` (left out, the forecast starts from ${value(startsFrom.value)} at ${formatTime(startsFrom.timeMs)})`;
  const name = `${safeName(one.host)} ${safeName(one.resource)}: ${value(one.now)}${before}`;
  return [name, outlook(one, span), quality(one), since(one), lastValue(one)].filter(Boolean).join('; ');
}

function outlook(one: ResourceForecast, { horizon, asOfMs, nowMs }: Span): string {
  const threshold = formatValue(one.threshold, one.shownUnit);
  const isFalling = one.direction === 'below';
  const goesTo = `${isFalling ? 'falls' : 'rises'} to ${threshold}`;
  const { earliestMs, likelyMs, latestMs, reason } = one;
  const why = reason === null ? '' : ` (${reasons[reason] ?? reason})`;
  const date = (ms: number) => formatDate(ms, asOfMs);
  const ahead = (ms: number) => `${date(ms)} (${distance(ms, { asOfMs, nowMs })})`;
  switch (one.status) {
    case 'beyond':
      return `${isFalling ? 'below' : 'over'} ${threshold} already`;
    case 'later':
      return `does not ${isFalling ? 'fall' : 'rise'} to ${threshold} within ${horizon}${why}`;
    case 'unknown':
      return `no prediction of when it ${goesTo}${why}`;
    case 'reaches': {
      if (likelyMs === null)
        return `${goesTo} maybe from ${ahead(earliestMs ?? asOfMs)} on, ${percent(one.probability)}${why}`;
      return [`${goesTo} likely ${ahead(likelyMs)}`, range(earliestMs ?? likelyMs, latestMs, date)]
        .filter(Boolean)
        .join(', ');
    }
  }
}

function quality({ backtest, status, shownUnit: unit }: ResourceForecast): string {
  if (backtest === null || status !== 'reaches') return '';
  return `error ${formatValue(backtest.error, unit)}, staying flat ${formatValue(backtest.baselineError, unit)}`;
}

function lastValue({ lastValue, status }: ResourceForecast): string {
  if (lastValue === null || status === 'beyond') return '';
  return lastValue === 'odd' ? 'its last value is taken for an odd reading' : 'unless its last value is an odd reading';
}

function since({ shift, resets, changes, shownUnit: unit, scale, historyMs, status }: ResourceForecast): string {
  const value = (number: number) => formatValue(number, unit);
  const short = scale === 'short' ? `rising so for ${formatAhead(historyMs)} or less` : '';
  if (resets !== null) return `falls back every ${formatAhead(resets.periodMs)} from ${value(resets.peak)}`;
  if (shift === null || status === 'beyond') return short;
  const cause = changes.map(({ text }) => `, ${safeName(text)}`).join('');
  const how = shift.size < 0 ? `fell by ${value(-shift.size)}` : `rose by ${value(shift.size)}`;
  return `known since ${formatTime(shift.timeMs)}, when it ${how}${cause}`;
}

function row(one: ResourceForecast): Record<string, unknown> {
  const time = (ms: number | null) => (ms === null ? null : formatTime(ms));
  return {
    host: safeName(one.host, 255),
    resource: safeName(one.resource),
    metric: safeName(one.metric),
    labels: safeLabels(one.labels),
    unit: one.unit,
    now: jsonNumber(one.now, 4),
    ...(one.startsFrom !== null && {
      starts_from: { value: jsonNumber(one.startsFrom.value, 4), time: formatTime(one.startsFrom.timeMs) },
    }),
    threshold: one.threshold,
    direction: one.direction,
    status: one.status,
    ...(one.status === 'reaches' && {
      earliest: time(one.earliestMs),
      likely: time(one.likelyMs),
      latest: time(one.latestMs),
      probability: jsonNumber(one.probability, 3),
    }),
    ...(one.reason !== null && { reason: one.reason }),
    ...(one.backtest !== null && {
      error: jsonNumber(one.backtest.error, 3),
      baseline_error: jsonNumber(one.backtest.baselineError, 3),
    }),
    ...(one.lastValue !== null && { last_value: one.lastValue }),
    ...(one.shift !== null && { since: formatTime(one.shift.timeMs) }),
    ...(one.changes.length > 0 && { changes: one.changes.map(({ text }) => safeName(text)) }),
  };
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** To the minute within two days, to the day later. */
function formatDate(ms: number, asOfMs: number): string {
  return ms - asOfMs < 2 * dayMs ? toMinute(ms) : formatTime(ms).slice(0, 10);
}

function toMinute(ms: number): string {
  return `${formatTime(ms).slice(0, 16)}Z`;
}

/** From the first date to the last one, to the minute within a day; nothing where they are the same. */
function range(fromMs: number, toMs: number | null, date: (ms: number) => string): string {
  if (fromMs === toMs) return '';
  if (toMs === null) return `${date(fromMs)} to open`;
  const [from, to] = [date(fromMs), date(toMs)];
  return from === to ? `${toMinute(fromMs)} to ${toMinute(toMs)}` : `${from} to ${to}`;
}

/** From now on, or from where the data ends, which is not now. */
function distance(ms: number, { asOfMs, nowMs }: Pick<Span, 'asOfMs' | 'nowMs'>): string {
  if (asOfMs < nowMs) return `${formatAhead(ms - asOfMs)} after the data ends`;
  return ms <= asOfMs ? 'now' : `in ${formatAhead(ms - asOfMs)}`;
}

/** In whole days, hours or minutes, two at least. */
function formatAhead(ms: number): string {
  const unitMs = ms >= 2 * dayMs ? dayMs : ms >= 2 * hourMs ? hourMs : minuteMs;
  return formatDuration(Math.max(1, Math.round(ms / unitMs)) * unitMs);
}

function percent(share: number): string {
  return `${round(share * 100, 2)} %`;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) {
    const key = keyOf(item);
    if (key !== null) counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
