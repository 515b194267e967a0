import { OpenManagerError } from '../core/errors.ts';
import { seriesName } from '../core/series.ts';
import type { Statistics } from '../core/statistics.ts';
import { safeName } from '../core/text.ts';
import { formatDuration, formatTime } from '../core/time.ts';
import { bucketValues, gridOf, type Tally, total } from './buckets.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { createCoverageTally } from './coverage-tally.ts';
import { collectDamagedHours } from './damaged-hours.ts';
import type { FoundSeries, Metrics, SeriesSelection, TimeWindow } from './metrics.ts';
import { type Aggregation, isQuantile, niceStep, type Resampled } from './resample.ts';
import type { OnDamaged } from './sample-reader.ts';
import { seriesKey } from './series-key.ts';
import { shownUnits } from './shown-unit.ts';
import { type Summarizer, summarize } from './summarize.ts';
import { usualInterval } from './usual-interval.ts';

export interface MetricQuery extends SeriesSelection, TimeWindow {
  readonly nowMs: number;
  /** The shortest of the usual ones that makes at most `maxPoints` when left out; one that is given makes at most 60. */
  readonly stepMs?: number | undefined;
  readonly aggregation: Aggregation;
  /** What the shortest step may make; 60 when left out. */
  readonly maxPoints?: number | undefined;
}

export interface QueriedSeries extends FoundSeries {
  /** What to write behind values, as `shownUnit` tells by all series of the answer. */
  readonly shownUnit: string;
  /** Of the samples, not of the points; without quantiles where the samples were not read one by one. */
  readonly statistics: Statistics;
  readonly points: Resampled;
}

export interface QueryResult {
  readonly stepMs: number;
  /** How many series were asked for. */
  readonly matched: number;
  /** Those that have samples in the window, the greatest mean first. */
  readonly series: readonly QueriedSeries[];
  readonly coverage: Coverage;
}

const maxQueryPoints = 60;
/** Longer windows are answered from the sums of whole hours, unless quantiles are asked for. */
const samplesWindowMs = 26 * 3_600_000;
/** Steps in which samples are counted, to find gaps. */
const maxCounts = 4_000;
/** So many samples of a series are sorted in a few milliseconds; more of them elsewhere. */
const samplesHere = 20_000;

/**
 * Statistics and points of the series that match.
 * @throws OpenManagerError `not_found` for an unknown host, metric or labels, `invalid_argument` for an empty window or a
 * step that makes more than 60 points.
 */
export async function queryMetric(
  { metrics, summarizer }: { metrics: Metrics; summarizer: Summarizer },
  query: MetricQuery,
): Promise<QueryResult> {
  requireWindow(query);
  const found = await metrics.find(query);
  const one = query.toMs - query.fromMs <= samplesWindowMs || isQuantile(query.aggregation);
  const { onDamaged, damagedHours } = collectDamagedHours(query);
  const intervalMs = await usualInterval(metrics, found);
  const planned = { ...query, intervalMs, onDamaged };
  const { stepMs, series, counted, seenMs } = one
    ? await fromSamples({ metrics, summarizer }, found, planned)
    : await fromSums(metrics, found, planned);
  const coverage = await coverageOf(metrics, {
    window: query,
    nowMs: query.nowMs,
    ...counted,
    counts: counted.n,
    series: series.length,
    intervalMs,
    damagedHours,
    firstMs: extreme(found, 'firstMs', Math.min),
    lastMs: extreme(found, 'lastMs', (...known) => Math.max(...known, seenMs)),
  });
  const reasons = [...coverage.reasons, ...lessOfSome(series), ...noneOfSome(found, series)];
  // Samples: a mean of whole numbers is a fraction.
  const shown = shownUnits(series, ({ statistics: { min, max, first, last } }) => [min, max, first, last]);
  const ranked = series
    .map((one) => ({ ...one, shownUnit: shown(one) }))
    .toSorted((a, b) => b.statistics.mean - a.statistics.mean);
  return { stepMs, matched: found.length, series: ranked, coverage: { ...coverage, reasons } };
}

/** The least or greatest of what is known; undefined when nothing is. */
export function extreme(
  series: readonly FoundSeries[],
  name: 'firstMs' | 'lastMs',
  of: (...values: number[]) => number,
): number | undefined {
  const known = series.flatMap((one) => one[name] ?? []);
  return known.length === 0 ? undefined : of(...known);
}

/** A series with fewer than nine of ten samples of the fullest one: what all cover together is not said of it. */
const muchLess = 0.9;

/** Which of several series have less than the others, as one clause or none. */
function lessOfSome(series: readonly SummarizedSeries[]): string[] {
  const samples = series.map(({ statistics }) => statistics.n);
  const most = Math.max(...samples);
  const less = samples.filter((n) => n < muchLess * most).length;
  const least = series[samples.indexOf(Math.min(...samples))];
  if (less === 0 || least === undefined) return [];
  const percent = Math.floor((100 * least.statistics.n) / most);
  return [`${countOf(less, series)} less, ${nameOf(least)} the least: ${percent} % of the samples of the fullest`];
}

/** Which of the series that match have no samples in the window while others have, as one clause or none. */
function noneOfSome(found: readonly FoundSeries[], series: readonly SummarizedSeries[]): string[] {
  const shown = new Set(series.map(seriesKey));
  const missing = found.filter((one) => !shown.has(seriesKey(one)));
  const [first] = missing;
  if (first === undefined || series.length === 0) return [];
  const { firstMs, lastMs } = first;
  const span =
    firstMs === undefined || lastMs === undefined ? '' : ` (data from ${formatTime(firstMs)} to ${formatTime(lastMs)})`;
  return [`${countOf(missing.length, found)} none, ${missing.length > 1 ? 'one is ' : ''}${nameOf(first)}${span}`];
}

function countOf(count: number, all: readonly unknown[]): string {
  return `${count} of ${all.length} series ${count === 1 ? 'has' : 'have'}`;
}

function nameOf({ metric, labels }: FoundSeries): string {
  return safeName(seriesName(metric, labels), 100);
}

interface PlannedQuery extends MetricQuery {
  /** Milliseconds between two samples, mostly. */
  readonly intervalMs: number;
  readonly onDamaged: OnDamaged;
}

type SummarizedSeries = Omit<QueriedSeries, 'shownUnit'>;

interface Answered {
  readonly stepMs: number;
  readonly series: readonly SummarizedSeries[];
  /** Samples of all series together, in steps that may be shorter than those of the points. */
  readonly counted: Tally;
  /** The newest sample that was read; -Infinity when samples were not read one by one. */
  readonly seenMs: number;
}

async function fromSamples(
  { metrics, summarizer }: { metrics: Metrics; summarizer: Summarizer },
  found: readonly FoundSeries[],
  query: PlannedQuery,
): Promise<Answered> {
  const read = await metrics.samples(found, query, query.onDamaged);
  const selected = read.filter(({ samples }) => samples.values.length > 0);
  // Where the history starts within the window, the points show it and not the emptiness before.
  const firstMs = Math.min(...selected.map(({ samples }) => samples.timesMs[0] as number));
  const window = startingAt(firstMs, query);
  const stepMs = stepOf(window, query, query.intervalMs);
  const seenMs = Math.max(...selected.map(({ samples }) => samples.timesMs.at(-1) as number));
  const finestMs = niceStep(window.toMs - window.fromMs, maxCounts, query.intervalMs);
  const counted = createCoverageTally(window, Math.min(stepMs, Math.max(finestMs, query.intervalMs)));
  const series: SummarizedSeries[] = [];
  for (const { samples, ...one } of selected) {
    const request = {
      samples,
      window: { ...window, stepMs },
      aggregation: query.aggregation,
      countStepMs: counted.stepMs,
    };
    const summary = samples.values.length > samplesHere ? await summarizer(request) : summarize(request);
    series.push({ ...one, statistics: summary.statistics, points: ended(summary.points) });
    summary.counts.values.forEach((n, i) => {
      counted.n[i] = (counted.n[i] as number) + n;
    });
  }
  return { stepMs, series, counted, seenMs };
}

async function fromSums(metrics: Metrics, found: readonly FoundSeries[], query: PlannedQuery): Promise<Answered> {
  const window = startingAt(extreme(found, 'firstMs', Math.min) ?? query.fromMs, query);
  const stepMs = stepOf(window, query, query.intervalMs);
  const grid = gridOf(window, stepMs);
  const counted = createCoverageTally(window, stepMs);
  const read = await metrics.buckets(found, query, grid, { tally: counted, onDamaged: query.onDamaged });
  const how = isQuantile(query.aggregation) ? 'avg' : query.aggregation;
  const series = read.flatMap(({ buckets, ...one }) => {
    const sums = total(buckets);
    if (sums === null) return [];
    const { sum, ...rest } = sums;
    return {
      ...one,
      statistics: { ...rest, mean: sum / sums.n, p50: Number.NaN, p95: Number.NaN },
      points: ended({ startMs: grid.startMs, stepMs, values: bucketValues(buckets, how) }),
    };
  });
  return { stepMs, series, counted, seenMs: Number.NEGATIVE_INFINITY };
}

/** Without the steps after the last one that has a value. */
function ended({ values, ...grid }: Resampled): Resampled {
  return { ...grid, values: values.slice(0, values.findLastIndex((value) => !Number.isNaN(value)) + 1) };
}

function startingAt(firstMs: number, { fromMs, toMs }: TimeWindow): TimeWindow {
  return { fromMs: Math.max(fromMs, Math.min(firstMs, toMs - 1)), toMs };
}

/** @throws OpenManagerError `invalid_argument` when the window is empty. */
export function requireWindow({ fromMs, toMs }: TimeWindow): void {
  if (fromMs < toMs) return;
  throw new OpenManagerError(
    'invalid_argument',
    `from (${formatTime(fromMs)}) must be before to (${formatTime(toMs)}).`,
  );
}

function stepOf(
  { fromMs, toMs }: TimeWindow,
  { stepMs, maxPoints = maxQueryPoints }: Pick<MetricQuery, 'stepMs' | 'maxPoints'>,
  intervalMs: number,
): number {
  // A window that does not start on the grid touches one step more than it is long.
  if (stepMs === undefined) return niceStep(toMs - fromMs, maxPoints - 1, intervalMs);
  if ((toMs - fromMs) / stepMs <= maxQueryPoints - 1) return stepMs;
  const points = Math.ceil((toMs - fromMs) / stepMs);
  const shortest = formatDuration(niceStep(toMs - fromMs, maxQueryPoints - 1, intervalMs));
  throw new OpenManagerError(
    'invalid_argument',
    `step: ${formatDuration(stepMs)} makes ${points} points of this window, ${maxQueryPoints} are the most; use ${shortest} or more, or a shorter window.`,
  );
}
