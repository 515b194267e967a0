import { OpenManagerError } from '../core/errors.ts';
import { seriesName } from '../core/series.ts';
import type { Statistics } from '../core/statistics.ts';
import { safeName } from '../core/text.ts';
import { formatDuration, formatTime } from '../core/time.ts';
import { bucketValues, createTally, gridOf, total } from './buckets.ts';
import { hourMs } from './chunk-key.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { countDamagedHours } from './damaged-hours.ts';
import type { FoundSeries, Metrics, SeriesBuckets, SeriesSelection, TimeWindow } from './metrics.ts';
import { type Aggregation, isQuantile, niceStep, type Resampled } from './resample.ts';
import type { OnDamaged } from './sample-reader.ts';
import { type Summarizer, summarize } from './summarize.ts';
import { usualInterval } from './usual-interval.ts';

export interface MetricQuery extends SeriesSelection, TimeWindow {
  readonly nowMs: number;
  /** The shortest of the usual ones that makes at most 60 points when left out. */
  readonly stepMs?: number | undefined;
  readonly aggregation: Aggregation;
  /** 60, the most there are, when left out. */
  readonly maxPoints?: number | undefined;
}

export interface QueriedSeries extends FoundSeries {
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
const maxHours = 100_000;
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
  const damage = countDamagedHours(query);
  const planned = { ...query, intervalMs: await usualInterval(metrics, found), onDamaged: damage.onDamaged };
  const { stepMs, series, counted, filled, seenMs } = one
    ? await fromSamples({ metrics, summarizer }, found, planned)
    : await fromSums(metrics, found, planned);
  const coverage = await coverageOf(metrics, {
    window: query,
    nowMs: query.nowMs,
    ...counted,
    series: series.length,
    damagedHours: damage.hours(),
    firstMs: extreme(found, 'firstMs', Math.min),
    lastMs: extreme(found, 'lastMs', (...known) => Math.max(...known, seenMs)),
  });
  const reasons = [...coverage.reasons, ...lessOfSome(series, filled)];
  const ranked = series.toSorted((a, b) => b.statistics.mean - a.statistics.mean);
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

/** Series with samples in fewer than nine of ten steps of the fullest one: what all cover together is not said of them. */
const muchLess = 0.9;

/** Which of several series are covered less than the others, as one clause or none. */
function lessOfSome(series: readonly QueriedSeries[], filled: readonly number[]): string[] {
  const most = Math.max(...filled);
  const less = filled.filter((steps) => steps < muchLess * most).length;
  const least = series[filled.indexOf(Math.min(...filled))];
  if (less === 0 || least === undefined) return [];
  const percent = Math.floor((100 * Math.min(...filled)) / most);
  const name = safeName(seriesName(least.metric, least.labels), 100);
  return [`${less} of ${series.length} series have less, ${name} the least: ${percent} % of what others have`];
}

interface PlannedQuery extends MetricQuery {
  /** Milliseconds between two samples, mostly. */
  readonly intervalMs: number;
  readonly onDamaged: OnDamaged;
}

interface Answered {
  readonly stepMs: number;
  readonly series: readonly QueriedSeries[];
  /** Samples of all series together, in steps that may be shorter than those of the points. */
  readonly counted: { readonly startMs: number; readonly stepMs: number; readonly counts: Float64Array };
  /** Steps with samples, by series. */
  readonly filled: readonly number[];
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
  const countStepMs = Math.min(stepMs, niceStep(window.toMs - window.fromMs, maxCounts, query.intervalMs));
  const counted = createTally(gridOf(window, countStepMs));
  const series: QueriedSeries[] = [];
  const filled: number[] = [];
  for (const { samples, ...one } of selected) {
    const request = { samples, window: { ...window, stepMs }, aggregation: query.aggregation, countStepMs };
    const summary = samples.values.length > samplesHere ? await summarizer(request) : summarize(request);
    series.push({ ...one, statistics: summary.statistics, points: ended(summary.points) });
    const { values } = summary.counts;
    values.forEach((n, i) => {
      counted.n[i] = (counted.n[i] as number) + n;
    });
    filled.push(stepsFilled(values));
  }
  return { stepMs, series, counted: { ...counted, counts: counted.n }, filled, seenMs };
}

async function fromSums(metrics: Metrics, found: readonly FoundSeries[], query: PlannedQuery): Promise<Answered> {
  const window = startingAt(extreme(found, 'firstMs', Math.min) ?? query.fromMs, query);
  const stepMs = stepOf(window, query, query.intervalMs);
  const grid = gridOf(window, stepMs);
  // Steps of more than an hour hide gaps, and hours are known without being decoded.
  const range = window.toMs - window.fromMs;
  const hours = stepMs > hourMs ? createTally(gridOf(window, wholeHours(range / maxHours))) : undefined;
  const read = await metrics.buckets(found, query, grid, { tally: hours, onDamaged: query.onDamaged });
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
  const filled = read.map(({ buckets }) => stepsFilled(buckets.n)).filter((steps) => steps > 0);
  const counted =
    hours === undefined ? { startMs: grid.startMs, stepMs, counts: sumOf(read) } : { ...hours, counts: hours.n };
  return { stepMs, series, counted, filled, seenMs: Number.NEGATIVE_INFINITY };
}

function stepsFilled(counts: Float64Array): number {
  return counts.reduce((steps, n) => (n > 0 ? steps + 1 : steps), 0);
}

function wholeHours(ms: number): number {
  return Math.max(1, Math.ceil(ms / hourMs)) * hourMs;
}

/** Samples of all series together, step by step. */
function sumOf(read: readonly SeriesBuckets[]): Float64Array {
  const sum = new Float64Array(read[0]?.buckets.count ?? 0);
  for (const { buckets } of read) {
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] as number) + (buckets.n[i] as number);
  }
  return sum;
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
  if (stepMs === undefined) return niceStep(toMs - fromMs, Math.min(maxPoints, maxQueryPoints) - 1, intervalMs);
  if ((toMs - fromMs) / stepMs <= maxQueryPoints - 1) return stepMs;
  const points = Math.ceil((toMs - fromMs) / stepMs);
  const shortest = formatDuration(niceStep(toMs - fromMs, maxQueryPoints - 1, intervalMs));
  throw new OpenManagerError(
    'invalid_argument',
    `step: ${formatDuration(stepMs)} makes ${points} points of this window, ${maxQueryPoints} are the most; use ${shortest} or more, or a shorter window.`,
  );
}
