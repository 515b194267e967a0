import { type Labels, seriesName } from '../core/series.ts';
import { formatDuration } from '../core/time.ts';
import type { MetricQuery, QueryResult } from '../metrics/query.ts';
import { maxMeasuredLines, type TimeChart } from './chart.ts';

/** Up to eight series of an answer, told apart by what differs between them. */
export function queryChart(
  { series, stepMs }: QueryResult,
  { query, skip, count }: { query: MetricQuery; skip: number; count: number },
): TimeChart {
  const asked = series.slice(skip, skip + count);
  const shown = asked.filter(({ unit }) => unit === asked[0]?.unit).slice(0, maxMeasuredLines);
  const labels = shown.map((one) => one.labels);
  const common = commonLabels(labels);
  const names = namesOf(labels, common);
  const [first] = shown;
  const some = shown.length < series.length && `${shown.length} of ${series.length} series`;
  return {
    kind: 'time',
    title: first === undefined ? query.metric : `${seriesName(first.metric, common)} on ${first.host}`,
    detail: [`${query.aggregation} per ${formatDuration(stepMs)}`, some].filter(Boolean).join(', '),
    unit: first?.shownUnit ?? '',
    fromMs: query.fromMs,
    toMs: query.toMs,
    lines: shown.map(({ points }, i) => ({ ...points, name: names[i] ?? '', role: 'measured' })),
    leftOut: asked.length - shown.length,
  };
}

/** The labels that all have with the same value. */
function commonLabels(all: readonly Labels[]): Labels {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((one) => one[name] === value)),
  );
}

/** The values of the labels that differ, with their names where the values alone would not tell them apart. */
function namesOf(all: readonly Labels[], common: Labels): string[] {
  const own = all.map((labels) =>
    Object.entries(labels)
      .filter(([name]) => !Object.hasOwn(common, name))
      .sort(([a], [b]) => a.localeCompare(b)),
  );
  const short = own.map((pairs) => pairs.map(([, value]) => value).join(', ') || 'total');
  if (new Set(short).size === short.length) return short;
  return own.map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join(', ') || 'total');
}
