import type { Detection } from '../analytics/index.ts';
import type { AnalyticsRunner, Outcome } from '../analytics/runner.ts';
import { OpenManagerError } from '../core/errors.ts';
import { inParallel } from '../core/parallel.ts';
import type { Descriptor } from '../core/series.ts';
import { formatDuration } from '../core/time.ts';
import type { Anomaly } from './anomalies/anomaly.ts';
import type { StoredAnomaly } from './anomalies/anomaly-store.ts';
import type { StoredAnomalyQuery } from './anomalies/find-stored-anomalies.ts';
import { isAtLeast, type Severity } from './anomalies/severity.ts';
import { withFlagged } from './anomalies/with-flagged.ts';
import { bucketValues, gridOf } from './buckets.ts';
import { within } from './collectors/within.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { createCoverageTally } from './coverage-tally.ts';
import { collectDamagedHours } from './damaged-hours.ts';
import { isGrowing } from './growing-metrics.ts';
import type { FoundSeries, Metrics, SeriesBuckets, TimeWindow } from './metrics.ts';
import { extreme, requireWindow } from './query.ts';
import { niceStep } from './resample.ts';
import { shownUnit } from './shown-unit.ts';
import { unitBounds, withinBounds } from './unit-bounds.ts';
import { usualInterval } from './usual-interval.ts';

export interface AnomalyRequest extends TimeWindow {
  readonly nowMs: number;
  readonly host?: string | undefined;
  /** All of the host's series when left out. */
  readonly metric?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly stepMs?: number | undefined;
  /** 0..1; the higher, the smaller the anomalies that count. */
  readonly sensitivity: number;
  /** Less severe ones are left out. */
  readonly minSeverity?: Severity | undefined;
}

/** One of the series with its expected band within the window, both in the series' unit. */
export interface ExaminedSeries extends Descriptor {
  readonly host: string;
  /** As of an {@link Anomaly}. */
  readonly shownUnit: string;
  /** Start of the first step, in milliseconds since the epoch. */
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface AnomalyResult {
  readonly stepMs: number;
  /** Looked at. */
  readonly series: number;
  /** Not looked at, as there are too many for one answer. */
  readonly leftOut: number;
  readonly tooShort: number;
  readonly samples: number;
  readonly coverage: Coverage;
  /** Whether it is known what was flagged as samples arrived. */
  readonly isFlaggedKnown: boolean;
  /** Strongest first. */
  readonly anomalies: readonly Anomaly[];
  /** The series with the strongest anomaly, the first one where there is none; null where none has values. */
  readonly oddest: ExaminedSeries | null;
}

const maxPoints = 4000;
/** With fewer steps nobody can say what is usual. */
const minPoints = 12;
/** Seen before the window, as often as the window is long, so that what recurs is known as such. */
const lookback = 7;
const maxSeries = 400;
const patienceMs = 2_000;
const seriesAtOnce = 20;
/** While one is computed the next is read. */
const groupsAtOnce = 2;

export interface AnomalyParts {
  readonly metrics: Metrics;
  readonly analytics: AnalyticsRunner;
  /** What was flagged as samples arrived. */
  readonly flagged: (query: StoredAnomalyQuery) => Promise<readonly StoredAnomaly[]>;
}

/**
 * What was odd on a host within a window: what a search of its history finds, and what was flagged as samples arrived.
 * @throws OpenManagerError `not_found` for an unknown host, metric or labels, `invalid_argument` for an empty window, a
 * step too short for it or labels without a metric; `cancelled` when `signal` aborts.
 */
export async function findAnomalies(
  { metrics, analytics, flagged }: AnomalyParts,
  request: AnomalyRequest,
  signal: AbortSignal,
  progress: (done: number, total: number, message: string) => void,
): Promise<AnomalyResult> {
  requireWindow(request);
  const seen = { fromMs: request.fromMs - lookback * (request.toMs - request.fromMs), toMs: request.toMs };
  const matching = await findSeries(metrics, request);
  const series = matching.slice(0, maxSeries);
  const intervalMs = await usualInterval(metrics, series);
  requireStep(request.stepMs, seen, intervalMs);
  const spans = { firstMs: extreme(series, 'firstMs', Math.min), lastMs: extreme(series, 'lastMs', Math.max) };
  // The step fits what there is, not what was asked for: a young host is not looked at in steps of a day.
  const fromMs = Math.min(Math.max(seen.fromMs, spans.firstMs ?? seen.fromMs), request.toMs - 1);
  const stepMs = request.stepMs ?? niceStep(seen.toMs - fromMs, maxPoints, intervalMs);
  const grid = gridOf({ fromMs, toMs: seen.toMs }, stepMs);
  const tally = createCoverageTally({ fromMs: Math.max(fromMs, request.fromMs), toMs: request.toMs }, stepMs);
  const { onDamaged, damagedHours } = collectDamagedHours(request);
  const found: FoundInGroup[] = [];
  let done = 0;
  progress(done, series.length, 'Reading');
  await inParallel(groupsOf(series), { atOnce: groupsAtOnce, signal }, async ([i, group], either) => {
    const read = await metrics.buckets(group, seen, grid, { tally, onDamaged });
    found[i] = await findInGroup(read, { request, stepMs }, analytics, either);
    done += group.length;
    progress(done, series.length, `Looked at ${done} series`);
  });
  const searched = found.flatMap((one) => one.anomalies);
  const known = await soon(flagged({ ...request, host: series[0]?.host }));
  const anomalies = withFlagged(searched, known ?? [], matching, Math.min(request.toMs, request.nowMs))
    .filter(({ severity }) => isAtLeast(severity, request.minSeverity))
    .sort((a, b) => b.score - a.score || a.startMs - b.startMs);
  const coverage = await coverageOf(metrics, {
    ...spans,
    window: request,
    nowMs: request.nowMs,
    ...tally,
    counts: tally.n,
    series: series.length,
    intervalMs,
    damagedHours,
  });
  const leftOut = matching.length - series.length;
  const samples = sum(found.map((one) => one.samples));
  const tooShort = sum(found.map((one) => one.tooShort));
  const oddest = oddestOf(found.map((one) => one.oddest));
  return {
    stepMs,
    series: series.length,
    leftOut,
    tooShort,
    samples,
    coverage,
    isFlaggedKnown: known !== null,
    anomalies,
    oddest: oddest?.series ?? null,
  };
}

/** Null when it fails or takes long: an answer does not wait for what is told besides. */
async function soon<T>(reading: Promise<T>): Promise<T | null> {
  const read = await within(
    reading.catch(() => null),
    patienceMs,
  );
  return read === 'late' ? null : read;
}

function requireStep(stepMs: number | undefined, { fromMs, toMs }: TimeWindow, intervalMs: number): void {
  if (stepMs === undefined || (toMs - fromMs) / stepMs <= 100_000) return;
  const fitting = niceStep(toMs - fromMs, maxPoints, intervalMs);
  throw new OpenManagerError(
    'invalid_argument',
    `step: ${formatDuration(stepMs)} is too short for this window; use ${formatDuration(fitting)} or leave it out.`,
  );
}

async function findSeries(metrics: Metrics, { host, metric, labels }: AnomalyRequest): Promise<readonly FoundSeries[]> {
  if (metric !== undefined) return metrics.find({ host, metric, labels });
  if (labels === undefined) return (await metrics.findAll(host)).filter((one) => !isGrowing(one.metric));
  throw new OpenManagerError('invalid_argument', 'labels need a metric; list_metrics names them.');
}

function* groupsOf(series: readonly FoundSeries[]): Generator<[index: number, group: readonly FoundSeries[]]> {
  for (let i = 0; i * seriesAtOnce < series.length; i++) {
    yield [i, series.slice(i * seriesAtOnce, (i + 1) * seriesAtOnce)];
  }
}

/** A series and the score of its strongest anomaly, 0 where it has none. */
interface ScoredSeries {
  readonly score: number;
  readonly series: ExaminedSeries;
}

interface FoundInGroup {
  readonly samples: number;
  readonly tooShort: number;
  readonly anomalies: readonly Anomaly[];
  readonly oddest: ScoredSeries | null;
}

interface Search {
  readonly request: AnomalyRequest;
  readonly stepMs: number;
}

async function findInGroup(
  group: readonly SeriesBuckets[],
  search: Search,
  analytics: AnalyticsRunner,
  signal: AbortSignal,
): Promise<FoundInGroup> {
  const lengths = group.map(
    ({ buckets: { n } }) => n.findLastIndex((count) => count > 0) - n.findIndex((count) => count > 0),
  );
  const known = group.flatMap((one) => fromFirstSample(one, search.stepMs));
  const { sensitivity } = search.request;
  const inputs = known.map(({ values, startMs }) => {
    return { values, options: { stepMs: search.stepMs, startMs, sensitivity } };
  });
  const outcomes = await analytics.detectMany(inputs, signal);
  const described = known.map((one, i) => {
    const detection = resultOf(outcomes[i]);
    return { one, detection, anomalies: describeAnomalies(one, detection, search) };
  });
  return {
    samples: sum(group.map(({ buckets }) => sum(buckets.n))),
    tooShort: lengths.filter((steps) => steps < minPoints - 1).length,
    anomalies: described.flatMap(({ anomalies }) => anomalies),
    oddest: oddestOf(
      described.map(({ one, detection, anomalies }) => ({
        score: Math.max(0, ...anomalies.map(({ score }) => score)),
        series: withinWindow(one, detection, search),
      })),
    ),
  };
}

/** The first of equals. */
function oddestOf(all: readonly (ScoredSeries | null)[]): ScoredSeries | null {
  let oddest: ScoredSeries | null = null;
  for (const one of all) if (one !== null && (oddest === null || one.score > oddest.score)) oddest = one;
  return oddest;
}

interface KnownSeries extends Descriptor {
  readonly host: string;
  readonly shownUnit: string;
  readonly startMs: number;
  readonly values: Float64Array;
}

/** Nothing where there are no samples. */
function fromFirstSample({ buckets, ...descriptor }: SeriesBuckets, stepMs: number): KnownSeries[] {
  const first = buckets.n.findIndex((n) => n > 0);
  if (first < 0) return [];
  const startMs = buckets.startMs + first * stepMs;
  const values = bucketValues(buckets, 'avg').slice(first);
  return [{ ...descriptor, shownUnit: shownUnit(descriptor, values), startMs, values }];
}

function resultOf(outcome: Outcome<Detection> | undefined): Detection {
  if (outcome?.ok) return outcome.result;
  throw outcome?.error ?? new Error('a series was not looked at');
}

function describeAnomalies(
  { startMs, values, metric, labels, unit, shownUnit }: KnownSeries,
  { anomalies, lower, upper }: Detection,
  { request, stepMs }: Search,
): Anomaly[] {
  const bounds = unitBounds({ unit, shownUnit }, values);
  const at = (index: number) => startMs + index * stepMs;
  return anomalies
    .map((one) => ({
      ...{ metric, labels, unit, shownUnit, kind: one.kind },
      startMs: at(one.startIndex),
      endMs: at(one.endIndex),
      peakMs: at(one.peakIndex),
      value: one.peakValue,
      expected: one.expected,
      lower: withinBounds(lower[one.peakIndex] ?? Number.NaN, bounds),
      upper: withinBounds(upper[one.peakIndex] ?? Number.NaN, bounds),
      score: one.score,
      severity: one.severity,
    }))
    .filter(({ startMs, endMs }) => endMs > request.fromMs && startMs < request.toMs);
}

function withinWindow(
  { startMs, values, host, metric, labels, unit, shownUnit }: KnownSeries,
  { lower, upper }: Detection,
  { request, stepMs }: Search,
): ExaminedSeries {
  const bounds = unitBounds({ unit, shownUnit }, values);
  const first = Math.max(0, Math.floor((request.fromMs - startMs) / stepMs));
  // Nothing is said of the time after the last sample.
  const end = values.findLastIndex(Number.isFinite) + 1;
  const bounded = (band: Float64Array) => band.slice(first, end).map((value) => withinBounds(value, bounds));
  return {
    ...{ host, metric, labels, unit, shownUnit, stepMs, startMs: startMs + first * stepMs },
    values: values.slice(first, end),
    lower: bounded(lower),
    upper: bounded(upper),
  };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
