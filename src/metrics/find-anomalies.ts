import type { AnomalyInterval } from '../analytics/index.ts';
import type { AnalyticsRunner } from '../analytics/runner.ts';
import { OpenManagerError } from '../core/errors.ts';
import type { Descriptor } from '../core/series.ts';
import { formatDuration } from '../core/time.ts';
import { bucketValues, gridOf } from './buckets.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { createCoverageTally } from './coverage-tally.ts';
import { collectDamagedHours } from './damaged-hours.ts';
import type { FoundSeries, Metrics, SeriesBuckets, TimeWindow } from './metrics.ts';
import { extreme, requireWindow } from './query.ts';
import { niceStep } from './resample.ts';
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
}

/** An interval in which a series left its expected band. Times are milliseconds since the epoch, the end exclusive. */
export interface Anomaly extends Descriptor {
  readonly startMs: number;
  readonly endMs: number;
  readonly peakMs: number;
  /** The series' value, its expectation and its band at the peak, in the series' unit. */
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** 0..1. */
  readonly score: number;
  readonly severity: AnomalyInterval['severity'];
}

export interface AnomalyResult {
  readonly stepMs: number;
  /** How many series were looked at, how many of them are too short to tell, and how many samples they had. */
  /** Looked at. */
  readonly series: number;
  /** Not looked at, as there are too many for one answer. */
  readonly leftOut: number;
  readonly tooShort: number;
  readonly samples: number;
  readonly coverage: Coverage;
  /** Strongest first. */
  readonly anomalies: readonly Anomaly[];
}

const maxPoints = 4000;
/** With fewer steps nobody can say what is usual. */
const minPoints = 12;
/** Seen before the window, as often as the window is long, so that what recurs is known as such. */
const lookback = 7;
const maxSeries = 400;
const seriesAtOnce = 20;
/** These do nothing but grow, so that where they are is never odd. */
const growing: ReadonlySet<string> = new Set(['system.uptime']);

/**
 * What was odd on a host within a window.
 * @throws OpenManagerError `not_found` for an unknown host, metric or labels, `invalid_argument` for an empty window, a
 * step too short for it or labels without a metric; `cancelled` when `signal` aborts.
 */
export async function findAnomalies(
  { metrics, analytics }: { metrics: Metrics; analytics: AnalyticsRunner },
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
  const found: Anomaly[] = [];
  let samples = 0;
  let tooShort = 0;
  const { onDamaged, damagedHours } = collectDamagedHours(request);
  for (let i = 0; i < series.length; i += seriesAtOnce) {
    signal.throwIfAborted();
    const read = await metrics.buckets(series.slice(i, i + seriesAtOnce), seen, grid, { tally, onDamaged });
    for (const [j, one] of read.entries()) {
      signal.throwIfAborted();
      progress(i + j, series.length, `Looking at ${one.metric}`);
      const { n } = one.buckets;
      samples += n.reduce((a, b) => a + b, 0);
      const steps = n.findLastIndex((count) => count > 0) - n.findIndex((count) => count > 0);
      if (steps < minPoints - 1) tooShort += 1;
      found.push(...(await findIn(one, { request, stepMs }, analytics, signal)));
    }
  }
  progress(series.length, series.length, 'Done');
  found.sort((a, b) => b.score - a.score || a.startMs - b.startMs);
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
  return { stepMs, series: series.length, leftOut, tooShort, samples, coverage, anomalies: found };
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
  if (labels === undefined) return (await metrics.findAll(host)).filter((one) => !growing.has(one.metric));
  throw new OpenManagerError('invalid_argument', 'labels need a metric; list_metrics names them.');
}

async function findIn(
  { buckets, ...descriptor }: SeriesBuckets,
  { request, stepMs }: { request: AnomalyRequest; stepMs: number },
  analytics: AnalyticsRunner,
  signal: AbortSignal,
): Promise<Anomaly[]> {
  const first = buckets.n.findIndex((n) => n > 0);
  if (first < 0) return [];
  const values = bucketValues(buckets, 'avg').slice(first);
  const startMs = buckets.startMs + first * stepMs;
  const options = { stepMs, startMs, sensitivity: request.sensitivity };
  const { anomalies, lower, upper } = await analytics.detectBatch(values, options, signal);
  const bounds = unitBounds(descriptor.unit, values);
  const at = (index: number) => startMs + index * stepMs;
  return anomalies
    .map((one) => ({
      metric: descriptor.metric,
      labels: descriptor.labels,
      unit: descriptor.unit,
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
