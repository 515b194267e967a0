import type { AnomalyInterval } from '../analytics/index.ts';
import type { AnalyticsRunner } from '../analytics/runner.ts';
import { OpenManagerError } from '../core/errors.ts';
import type { Descriptor } from '../core/series.ts';
import { formatDuration } from '../core/time.ts';
import type { Metrics, SeriesSamples, TimeWindow } from './metrics.ts';
import { requireWindow } from './query.ts';
import { niceStep, resample } from './resample.ts';
import { withinUnit } from './unit-bounds.ts';

export interface AnomalyRequest extends TimeWindow {
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
  readonly series: number;
  readonly tooShort: number;
  readonly samples: number;
  /** Strongest first. */
  readonly anomalies: readonly Anomaly[];
}

const maxPoints = 4000;
/** With fewer steps nobody can say what is usual. */
const minPoints = 12;
/** Seen before the window, as often as the window is long, so that what recurs is known as such. */
const lookback = 7;
const maxSeries = 400;
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
  requireStep(request.stepMs, seen, metrics.intervalMs);
  const series = await readSeries(metrics, request, seen);
  // The step fits what there is, not what was asked for: a young host is not looked at in steps of a day.
  const firstMs = Math.min(...series.map(({ samples: { timesMs } }) => timesMs[0] ?? seen.toMs));
  const stepMs = request.stepMs ?? niceStep(seen.toMs - firstMs, maxPoints, metrics.intervalMs);
  const found: Anomaly[] = [];
  let samples = 0;
  let tooShort = 0;
  for (const [i, one] of series.entries()) {
    signal.throwIfAborted();
    progress(i, series.length, `Looking at ${one.metric}`);
    const { timesMs } = one.samples;
    samples += timesMs.length;
    if (((timesMs.at(-1) ?? 0) - (timesMs[0] ?? 0)) / stepMs < minPoints - 1) tooShort += 1;
    found.push(...(await findIn(one, { request, seen, stepMs }, analytics, signal)));
  }
  progress(series.length, series.length, 'Done');
  found.sort((a, b) => b.score - a.score || a.startMs - b.startMs);
  return { stepMs, series: series.length, tooShort, samples, anomalies: found };
}

function requireStep(stepMs: number | undefined, { fromMs, toMs }: TimeWindow, intervalMs: number): void {
  if (stepMs === undefined || (toMs - fromMs) / stepMs <= 100_000) return;
  const fitting = niceStep(toMs - fromMs, maxPoints, intervalMs);
  throw new OpenManagerError(
    'invalid_argument',
    `step: ${formatDuration(stepMs)} is too short for this window; use ${formatDuration(fitting)} or leave it out.`,
  );
}

async function readSeries(
  metrics: Metrics,
  { host, metric, labels }: AnomalyRequest,
  seen: TimeWindow,
): Promise<SeriesSamples[]> {
  if (metric !== undefined) return metrics.read({ host, metric, labels }, seen);
  if (labels === undefined)
    return (await metrics.readAll(host, seen)).filter((one) => !growing.has(one.metric)).slice(0, maxSeries);
  throw new OpenManagerError('invalid_argument', 'labels need a metric; list_metrics names them.');
}

async function findIn(
  { samples, ...descriptor }: SeriesSamples,
  { request, seen, stepMs }: { request: AnomalyRequest; seen: TimeWindow; stepMs: number },
  analytics: AnalyticsRunner,
  signal: AbortSignal,
): Promise<Anomaly[]> {
  const [firstMs] = samples.timesMs;
  if (firstMs === undefined) return [];
  const grid = resample(samples, { fromMs: firstMs, toMs: seen.toMs, stepMs }, 'avg');
  const options = { stepMs, startMs: grid.startMs, sensitivity: request.sensitivity };
  const { anomalies, lower, upper } = await analytics.detectBatch(grid.values, options, signal);
  const at = (index: number) => grid.startMs + index * stepMs;
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
      lower: withinUnit(lower[one.peakIndex] ?? Number.NaN, descriptor.unit),
      upper: withinUnit(upper[one.peakIndex] ?? Number.NaN, descriptor.unit),
      score: one.score,
      severity: one.severity,
    }))
    .filter(({ startMs, endMs }) => endMs > request.fromMs && startMs < request.toMs);
}
