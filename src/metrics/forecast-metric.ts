import type { Forecast, StepRange } from '../analytics/index.ts';
import type { AnalyticsRunner } from '../analytics/runner.ts';
import { withoutSteps } from '../analytics/without-steps.ts';
import { OpenManagerError } from '../core/errors.ts';
import { type Descriptor, seriesName } from '../core/series.ts';
import { safeName } from '../core/text.ts';
import { formatAbout, formatDuration, formatTime } from '../core/time.ts';
import { bucketValues, gridOf, type Tally } from './buckets.ts';
import { type Coverage, coverageOf, gapDistances } from './coverage.ts';
import { createCoverageTally } from './coverage-tally.ts';
import { collectDamagedHours } from './damaged-hours.ts';
import { excludedSteps, exclusionNotes } from './excluded-times.ts';
import { cutReason, endedNotes, horizonNote, shiftNotes, shortHorizonNotes } from './forecast-notes.ts';
import type { ForecastRecord, ForecastRecords } from './forecast-records.ts';
import { type HistoryPlan, maxHistoryPoints, planHistory } from './history-window.ts';
import { findHostChanges, type HostChange } from './host-changes.ts';
import type { FoundSeries, Metrics, SeriesSelection, TimeWindow } from './metrics.ts';
import type { Resampled } from './resample.ts';
import { shownUnit } from './shown-unit.ts';
import { unitBounds } from './unit-bounds.ts';
import { usualInterval } from './usual-interval.ts';

export interface ForecastRequest extends SeriesSelection {
  readonly nowMs: number;
  readonly horizonMs: number;
  /** Start of the history; as far back as it helps when left out. */
  readonly fromMs?: number | undefined;
  readonly stepMs?: number | undefined;
  /** Nominal coverage of the interval. */
  readonly level: number;
  /** Times that are left out of the history, such as maintenance or a past incident. */
  readonly exclude?: readonly TimeWindow[] | undefined;
}

export interface MetricForecast extends Descriptor {
  readonly host: string;
  /** What to write behind values, as `shownUnit` tells. */
  readonly shownUnit: string;
  readonly history: Resampled;
  /** Mean of what came after the history, in the step that is still running; null without a sample in it. */
  readonly running: number | null;
  /** Start of the first predicted step, in milliseconds since the epoch. */
  readonly startMs: number;
  readonly forecast: Forecast;
  readonly coverage: Coverage;
  /** How the forecasts like this one that were given out before turned out; null when none was checked yet. */
  readonly record: ForecastRecord | null;
  /** Restarts and resizes within the history that may explain how the series went, oldest first. */
  readonly changes: readonly HostChange[];
}

const dayMs = 86_400_000;
const maxHorizonMs = 366 * dayMs;

export interface ForecastParts {
  readonly metrics: Metrics;
  readonly analytics: AnalyticsRunner;
  /** Where forecasts are kept to be checked later; without it none is. */
  readonly records?: Pick<ForecastRecords, 'find' | 'add'> | undefined;
}

/**
 * Forecasts one series from its stored history, by the method that did best in earlier forecasts where they tell; not
 * further ahead than the history is long, which a warning says where more was asked for.
 * @throws OpenManagerError `not_found` when there is no such series or it has less than two values; `invalid_argument` when
 * several series match or an option is out of range; `cancelled` when `signal` aborts.
 */
export async function forecastMetric(
  { metrics, analytics, records }: ForecastParts,
  request: ForecastRequest,
  signal: AbortSignal,
): Promise<MetricForecast> {
  const { level, exclude: times = [] } = request;
  requireTimes(request);
  const series = await findOne(metrics, request);
  const intervalMs = await usualInterval(metrics, [series]);
  const asOfMs = startOf(series, request, intervalMs);
  const plan = planFor(intervalMs, series, { ...request, nowMs: asOfMs });
  const read = await regularHistory(metrics, series, { ...plan, intervalMs }, asOfMs);
  const { history } = read;
  const { startMs: historyStartMs, stepMs, values } = history;
  const exclude = excludedSteps(times, { startMs: historyStartMs, stepMs, count: values.length });
  const { horizon, notes } = horizonOf(series, history, exclude, request);
  const { host, metric, labels, unit } = series;
  const shown = shownUnit(series, withoutSteps(values, exclude));
  const track = { ...series, stepMs, horizon };
  const record = (await records?.find(track, level)) ?? null;
  const forecast = await analytics.forecast(
    values,
    {
      horizon,
      stepMs,
      startMs: historyStartMs,
      levels: [level],
      bounds: unitBounds({ unit, shownUnit: shown }, values),
      prefer: record?.preference?.model,
      ...(exclude.length > 0 && { exclude }),
    },
    signal,
  );
  records?.add({ track, issuedMs: request.nowMs, level, history, forecast });
  const startMs = historyStartMs + values.length * stepMs;
  const changes = await findHostChanges(metrics, await metrics.findAll(host), {
    about: series,
    window: { fromMs: historyStartMs, toMs: asOfMs },
  });
  const cut = cutReason(plan, firstOf(series, { ...request, nowMs: asOfMs }));
  const lastMs = Math.max(series.lastMs ?? 0, lastKnownMs(history));
  const warnings = [
    ...notes,
    ...endedNotes({ nowMs: request.nowMs, asOfMs, lastMs, stepMs, intervalMs }),
    ...(cut !== undefined && request.fromMs === undefined ? [`The history is cut: ${cut}.`] : []),
    ...exclusionNotes(times, history),
    ...forecast.warnings,
    ...shiftNotes(forecast.shifts, history, shown),
  ];
  return {
    host,
    metric,
    labels,
    unit,
    shownUnit: shown,
    history,
    running: read.running,
    startMs,
    forecast: { ...forecast, warnings },
    coverage: await coverageBack({ metrics, series, request, plan, asOfMs, intervalMs, cut }, read),
    record,
    changes,
  };
}

function requireTimes({ nowMs, horizonMs, fromMs }: ForecastRequest): void {
  if (horizonMs > maxHorizonMs)
    throw new OpenManagerError('invalid_argument', `horizon: ${formatDuration(horizonMs)} is too long; at most 366d.`);
  if (fromMs !== undefined && fromMs >= nowMs)
    throw new OpenManagerError(
      'invalid_argument',
      `from: ${formatTime(fromMs)} is not in the past; the history begins there and ends now, so it is a time such as "-7d".`,
    );
}

/**
 * Now, but for a series that ended long ago, which is forecast from its end: more than a day and a horizon, or half as long
 * as its history is, which then tells little of what comes after such a gap.
 */
function startOf(series: FoundSeries, request: ForecastRequest, intervalMs: number): number {
  const { nowMs, horizonMs, fromMs } = request;
  const { lastMs } = series;
  if (lastMs === undefined || (fromMs !== undefined && fromMs > lastMs)) return nowMs;
  const halfMs = (lastMs - firstOf(series, request)) / 2;
  const bridgedMs = Math.max(gapDistances * intervalMs, Math.min(Math.max(horizonMs, dayMs), halfMs));
  return nowMs - lastMs <= bridgedMs ? nowMs : lastMs + 1;
}

/** Where a history that has all that it may have begins. */
function firstOf({ firstMs }: FoundSeries, { nowMs, fromMs }: ForecastRequest): number {
  return Math.max(fromMs ?? 0, firstMs ?? nowMs);
}

function planFor(intervalMs: number, series: FoundSeries, request: ForecastRequest): HistoryPlan {
  const { nowMs, horizonMs, stepMs } = request;
  const firstMs = firstOf(series, request);
  const spanMs = Math.max(intervalMs, nowMs - firstMs);
  const aheadMs = Math.min(horizonMs, spanMs);
  const plan = planHistory({ firstMs, nowMs, aheadMs, intervalMs });
  if (stepMs === undefined) return plan;
  const refuse = (wrong: string) =>
    new OpenManagerError('invalid_argument', `step: ${formatDuration(stepMs)} ${wrong}.`);
  if (stepMs > horizonMs) throw refuse(`is longer than the horizon, ${formatDuration(horizonMs)}`);
  if (stepMs > spanMs) throw refuse(`is longer than the history, ${formatAbout(spanMs)}`);
  if (aheadMs / stepMs > maxHistoryPoints) {
    const least = formatDuration(plan.stepMs);
    throw refuse(`makes more than ${maxHistoryPoints} steps of ${formatAbout(aheadMs)}; use ${least} or more`);
  }
  return { fromMs: Math.max(firstMs, nowMs - maxHistoryPoints * stepMs), stepMs };
}

/**
 * Steps to forecast: those asked for, but not further from the last value than the values lie apart, and the step that a
 * grid may take from them.
 */
function horizonOf(
  series: FoundSeries,
  history: Resampled,
  exclude: readonly StepRange[],
  { horizonMs, fromMs }: ForecastRequest,
): { horizon: number; notes: string[] } {
  const { startMs, stepMs, values } = history;
  const known = withoutSteps(values, exclude);
  const first = known.findIndex(Number.isFinite);
  const last = known.findLastIndex(Number.isFinite);
  if (first === last) throw tooShort(series, history, first < 0);
  const length = last - first + 1;
  const asked = Math.max(1, Math.ceil(horizonMs / stepMs));
  const horizon = Math.min(asked, Math.max(1, length + 1 - (values.length - 1 - last)));
  if (horizon === asked) return { horizon, notes: shortHorizonNotes(horizonMs, stepMs) };
  const endMs = startMs + (values.length + horizon) * stepMs;
  return { horizon, notes: [horizonNote({ askedMs: horizonMs, endMs, historyMs: length * stepMs, fromMs })] };
}

function tooShort(
  { metric }: FoundSeries,
  { startMs, stepMs, values }: Resampled,
  isExcluded: boolean,
): OpenManagerError {
  const span = `${formatTime(startMs)} to ${formatTime(startMs + values.length * stepMs)}`;
  if (isExcluded) return new OpenManagerError('invalid_argument', `exclude: nothing is left of the history, ${span}.`);
  return new OpenManagerError(
    'not_found',
    `No prediction: all that there is of ${safeName(metric)} to learn from is one step of ${formatDuration(stepMs)}, from ${span}. Ask again when there is more; a shorter step, an earlier from or less to exclude may help.`,
  );
}

/** How much of what was asked for was looked at, and why not all. */
async function coverageBack(
  o: {
    metrics: Metrics;
    series: FoundSeries;
    request: ForecastRequest;
    plan: HistoryPlan;
    asOfMs: number;
    intervalMs: number;
    cut: string | undefined;
  },
  { tally, damagedHours }: ReadHistory,
): Promise<Coverage> {
  const { metrics, series, request, plan, asOfMs, intervalMs, cut } = o;
  const fromMs = cut === undefined ? (request.fromMs ?? plan.fromMs) : plan.fromMs;
  const coverage = await coverageOf(metrics, {
    window: { fromMs, toMs: asOfMs },
    nowMs: asOfMs,
    ...tally,
    counts: tally.n,
    series: 1,
    intervalMs,
    damagedHours,
    firstMs: series.firstMs,
    lastMs: series.lastMs,
  });
  if (cut === undefined || request.fromMs === undefined) return coverage;
  return { ...coverage, askedMs: asOfMs - request.fromMs, reasons: [cut, ...coverage.reasons] };
}

/** Start of the last step that has a value. */
function lastKnownMs({ startMs, stepMs, values }: Resampled): number {
  return startMs + stepMs * values.findLastIndex((value) => !Number.isNaN(value));
}

async function findOne(metrics: Metrics, selection: SeriesSelection): Promise<FoundSeries> {
  const series = await metrics.find(selection);
  const [only, ...others] = series;
  if (only && others.length === 0) return only;
  const names = series.slice(0, 8).map(({ metric, labels }) => safeName(seriesName(metric, labels), 200));
  throw new OpenManagerError(
    'invalid_argument',
    `${series.length} series match; name one by labels: ${names.join('; ')}.`,
  );
}

interface ReadHistory extends Pick<MetricForecast, 'history' | 'running'> {
  readonly tally: Tally;
  readonly damagedHours: readonly number[];
}

/** As many samples a step as this at most, and a step is whole with its one. */
const singleSamples = 1.5;

/**
 * From the first sample, without the step that is still running, which would be an average of less than the others; but
 * with it where each step has one sample, as a day's value of daily samples is known as soon as it is there.
 */
async function regularHistory(
  metrics: Metrics,
  series: FoundSeries,
  { fromMs, stepMs, intervalMs }: HistoryPlan & { readonly intervalMs: number },
  nowMs: number,
): Promise<ReadHistory> {
  const window = { fromMs, toMs: nowMs + 1 };
  const grid = gridOf(window, stepMs);
  const { onDamaged, damagedHours } = collectDamagedHours(window);
  const tally = createCoverageTally(window, stepMs);
  const [read] = await metrics.buckets([series], window, grid, { tally, onDamaged });
  const first = read?.buckets.n.findIndex((n) => n > 0) ?? -1;
  if (read === undefined || first < 0) {
    const since = `No samples of ${safeName(series.metric)} since ${formatTime(fromMs)}`;
    const { lastMs } = series;
    const isOver = lastMs !== undefined && lastMs < fromMs;
    throw new OpenManagerError(
      'not_found',
      isOver
        ? `${since}: the last one is of ${formatTime(lastMs)}; give an earlier from.`
        : `${since}; list_hosts tells since when there is data.`,
    );
  }
  const wholeSteps = Math.floor(nowMs / stepMs) - Math.floor(grid.startMs / stepMs);
  const isSingle = stepMs < singleSamples * intervalMs;
  const last = read.buckets.n.findLastIndex((n) => n > 0);
  const end = Math.max(isSingle ? last + 1 : first + 1, wholeSteps);
  const values = bucketValues(read.buckets, 'avg');
  const history = { startMs: grid.startMs + first * stepMs, stepMs, values: values.slice(first, end) };
  const running = values[end] ?? Number.NaN;
  return { history, running: Number.isNaN(running) ? null : running, tally, damagedHours };
}
