import { formatValue, round } from '../core/format.ts';
import type { ResourceForecast } from '../metrics/resource-forecast.ts';
import { maxRangeRows, type RangeChart, type RangeRow, type RangeWhen } from './chart.ts';

export interface RangeView {
  /** The most urgent first; six of them are shown. */
  readonly resources: readonly ResourceForecast[];
  /** When the predictions start, which is now or the end of the data. */
  readonly asOfMs: number;
  readonly nowMs: number;
  /** How far ahead was looked. */
  readonly horizonMs: number;
}

const leastBeyondRows = 4;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** What is over its threshold already, when the others reach theirs (earliest, likely, latest), and what will not. */
export function rangeChart({ resources, asOfMs, nowMs, horizonMs }: RangeView): RangeChart {
  const rows = shownOf(resources).map((one): RangeRow => {
    return { name: `${one.host} ${one.resource}`, detail: levelOf(one), when: whenOf(one, { asOfMs, horizonMs }) };
  });
  return {
    kind: 'range',
    title: titleOf(resources, horizonMs),
    detail: summaryOf(resources, horizonMs),
    nowMs: asOfMs,
    nowName: asOfMs < nowMs ? 'end of data' : 'now',
    untilMs: asOfMs + Math.max(minuteMs, axisMs(rows, { asOfMs, horizonMs })),
    rows,
    leftOut: resources.length - rows.length,
  };
}

/** The first ones; of what is past its threshold a few, so that what comes next is seen. */
function shownOf(resources: readonly ResourceForecast[]): readonly ResourceForecast[] {
  const beyond = resources.filter(({ status }) => status === 'beyond');
  const others = resources.filter(({ status }) => status !== 'beyond');
  const next = others.filter(({ status }) => status === 'reaches').length;
  const room = Math.max(leastBeyondRows, maxRangeRows - next);
  return [...beyond.slice(0, room), ...others].slice(0, maxRangeRows);
}

function titleOf(resources: readonly ResourceForecast[], horizonMs: number): string {
  const has = (...wanted: ResourceForecast['status'][]) => resources.some(({ status }) => wanted.includes(status));
  if (has('beyond', 'reaches')) return 'What runs out first';
  return has('later')
    ? `Nothing is expected to run out within ${about(horizonMs)}`
    : 'What runs out first is not known';
}

/** `2 past the threshold, 3 may reach it within 30 d, 5 will not, 1 without a prediction`. */
function summaryOf(resources: readonly ResourceForecast[], horizonMs: number): string {
  const count = (wanted: ResourceForecast['status']) => resources.filter(({ status }) => status === wanted).length;
  const [beyond, reaches, later, unknown] = [count('beyond'), count('reaches'), count('later'), count('unknown')];
  const it = `${beyond > 0 ? 'it' : 'the threshold'} within ${about(horizonMs)}`;
  return [
    beyond > 0 && `${beyond} past the threshold`,
    reaches > 0 && `${reaches} may reach ${it}`,
    later > 0 && (reaches > 0 ? `${later} will not` : `${later} will not reach ${it}`),
    unknown > 0 && `${unknown} without a prediction`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** `at 71 % of 90 %`, so that nobody has to remember what counts as full. */
function levelOf(one: ResourceForecast): string {
  const { now, threshold, shownUnit, status } = one;
  const [value, limit] = [formatValue(now, shownUnit), formatValue(threshold, shownUnit)];
  if (Number.isNaN(now)) return `threshold ${limit}`;
  if (one.startsFrom !== null) return `from ${formatValue(one.startsFrom.value, shownUnit)}, threshold ${limit}`;
  if (status === 'beyond') return `at ${value}, ${one.direction === 'below' ? 'below' : 'over'} ${limit}`;
  return one.direction === 'below' ? `at ${value}, falls to ${limit}` : `at ${value} of ${limit}`;
}

interface Span {
  readonly asOfMs: number;
  readonly horizonMs: number;
}

function whenOf(one: ResourceForecast, { asOfMs, horizonMs }: Span): RangeWhen {
  const { status, earliestMs, likelyMs, latestMs, probability, reason } = one;
  switch (status) {
    case 'beyond':
      return { kind: 'already', text: one.direction === 'below' ? 'below already' : 'over already' };
    case 'later':
      return { kind: 'not-expected', text: because(`not within ${about(horizonMs)}`, reason) };
    case 'unknown':
      return { kind: 'not-expected', text: because('no prediction', reason) };
    case 'reaches': {
      const times = { earliestMs: earliestMs ?? asOfMs, likelyMs, latestMs };
      const earliest = about(times.earliestMs - asOfMs);
      if (likelyMs === null) {
        return {
          kind: 'expected',
          ...times,
          text: `maybe, ${round(probability * 100, 2)} %`,
          detail: `from ${earliest} on`,
        };
      }
      const latest = latestMs === null ? null : about(latestMs - asOfMs);
      const detail = latest === null ? `${earliest} or later` : latest === earliest ? '' : span(earliest, latest);
      return { kind: 'expected', ...times, text: `in ${about(likelyMs - asOfMs)}`, detail };
    }
  }
}

const reasons: Readonly<Partial<Record<string, string>>> = {
  'saw-tooth': 'it resets itself before',
  'beyond-history': 'on its way, later than the history tells',
  'too-short': 'the history is too short',
  'too-noisy': 'too noisy',
  stopped: 'no samples any more',
};

function because(text: string, reason: string | null): string {
  const why = reason === null ? undefined : reasons[reason];
  return why === undefined ? text : `${text}: ${why}`;
}

/** A little after the latest time that is known; all that was looked at where one is open, or none is known. */
function axisMs(rows: readonly RangeRow[], { asOfMs, horizonMs }: Span): number {
  const expected = rows.flatMap(({ when }) => (when.kind === 'expected' ? [when] : []));
  const ends = expected.map(({ latestMs }) => (latestMs === null ? horizonMs : 1.1 * (latestMs - asOfMs)));
  return ends.length === 0 ? horizonMs : Math.min(horizonMs, Math.max(...ends));
}

/** In whole days, hours or minutes: anything finer would be more than a forecast knows. */
function about(ms: number): string {
  const [unitMs, name] =
    ms >= 2 * dayMs ? [dayMs, 'd'] : ms >= 2 * hourMs ? [hourMs, 'h'] : ([minuteMs, 'min'] as const);
  return `${Math.max(1, Math.round(ms / unitMs))} ${name}`;
}

/** `6 to 9 d`, `20 h to 3 d`. */
function span(earliest: string, latest: string): string {
  const [number = '', unit = ''] = earliest.split(' ');
  return latest.endsWith(` ${unit}`) ? `${number} to ${latest}` : `${earliest} to ${latest}`;
}
