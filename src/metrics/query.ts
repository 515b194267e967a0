import { OpenManagerError } from '../core/errors.ts';
import type { Statistics } from '../core/statistics.ts';
import { formatDuration, formatTime } from '../core/time.ts';
import { bucketValues, gridOf, total } from './buckets.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import type { FoundSeries, Metrics, SeriesSelection, TimeWindow } from './metrics.ts';
import { type Aggregation, isQuantile, niceStep, type Resampled } from './resample.ts';
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
  const planned = { ...query, intervalMs: await usualInterval(metrics, found) };
  const one = query.toMs - query.fromMs <= samplesWindowMs || isQuantile(query.aggregation);
  const { stepMs, series, counts, startMs, seenMs } = one
    ? await fromSamples({ metrics, summarizer }, found, planned)
    : await fromSums(metrics, found, planned);
  const coverage = await coverageOf(metrics, {
    window: query,
    nowMs: query.nowMs,
    startMs,
    stepMs,
    counts: sumOf(counts),
    series: series.length,
    firstMs: extreme(found, 'firstMs', Math.min),
    lastMs: extreme(found, 'lastMs', (...known) => Math.max(...known, seenMs)),
  });
  const ranked = series.toSorted((a, b) => b.statistics.mean - a.statistics.mean);
  return { stepMs, matched: found.length, series: ranked, coverage };
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

/** Of arrays of one length, place by place. */
function sumOf(arrays: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(arrays[0]?.length ?? 0);
  for (const array of arrays)
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] as number) + (array[i] as number);
  return sum;
}

interface PlannedQuery extends MetricQuery {
  /** Milliseconds between two samples, mostly. */
  readonly intervalMs: number;
}

interface Answered {
  readonly startMs: number;
  readonly stepMs: number;
  readonly series: readonly QueriedSeries[];
  /** Samples in each step, by series. */
  readonly counts: readonly Float64Array[];
  /** The newest sample that was read; -Infinity when samples were not read one by one. */
  readonly seenMs: number;
}

async function fromSamples(
  { metrics, summarizer }: { metrics: Metrics; summarizer: Summarizer },
  found: readonly FoundSeries[],
  query: PlannedQuery,
): Promise<Answered> {
  const read = await metrics.samples(found, query);
  const selected = read.filter(({ samples }) => samples.values.length > 0);
  // Where the history starts within the window, the points show it and not the emptiness before.
  const firstMs = Math.min(...selected.map(({ samples }) => samples.timesMs[0] as number));
  const window = startingAt(firstMs, query);
  const stepMs = stepOf(window, query, query.intervalMs);
  const seenMs = Math.max(...selected.map(({ samples }) => samples.timesMs.at(-1) as number));
  const series: QueriedSeries[] = [];
  const counts: Float64Array[] = [];
  for (const { samples, ...one } of selected) {
    const request = { samples, window: { ...window, stepMs }, aggregation: query.aggregation };
    const summary = samples.values.length > samplesHere ? await summarizer(request) : summarize(request);
    series.push({ ...one, statistics: summary.statistics, points: ended(summary.points) });
    counts.push(summary.counts);
  }
  return { startMs: gridOf(window, stepMs).startMs, stepMs, series, counts, seenMs };
}

async function fromSums(metrics: Metrics, found: readonly FoundSeries[], query: PlannedQuery): Promise<Answered> {
  const window = startingAt(extreme(found, 'firstMs', Math.min) ?? query.fromMs, query);
  const stepMs = stepOf(window, query, query.intervalMs);
  const grid = gridOf(window, stepMs);
  const read = await metrics.buckets(found, query, grid);
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
  return {
    startMs: grid.startMs,
    stepMs,
    series,
    counts: read.map(({ buckets }) => buckets.n),
    seenMs: Number.NEGATIVE_INFINITY,
  };
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
