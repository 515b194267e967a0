import type { Forecast } from '../analytics/index.ts';
import type { AnalyticsRunner } from '../analytics/runner.ts';
import { OpenManagerError } from '../core/errors.ts';
import { type Descriptor, seriesName } from '../core/series.ts';
import { safeName } from '../core/text.ts';
import { formatDuration, formatTime } from '../core/time.ts';
import { bucketValues, gridOf, type Tally } from './buckets.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { createCoverageTally } from './coverage-tally.ts';
import { collectDamagedHours } from './damaged-hours.ts';
import { excludedSteps } from './excluded-times.ts';
import type { ForecastRecord, ForecastRecords } from './forecast-records.ts';
import { type HistoryPlan, maxHistoryPoints, planHistory } from './history-window.ts';
import { findHostChanges, type HostChange } from './host-changes.ts';
import type { FoundSeries, Metrics, SeriesSelection, TimeWindow } from './metrics.ts';
import type { Resampled } from './resample.ts';
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
  readonly history: Resampled;
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
const maxSteps = 10_000;

export interface ForecastParts {
  readonly metrics: Metrics;
  readonly analytics: AnalyticsRunner;
  /** Where forecasts are kept to be checked later; without it none is. */
  readonly records?: Pick<ForecastRecords, 'find' | 'add'> | undefined;
}

/**
 * Forecasts one series from its stored history, by the method that did best in earlier forecasts where they tell.
 * @throws OpenManagerError `not_found` when there is no such series or it has no samples; `invalid_argument` when several
 * series match or an option is out of range; `cancelled` when `signal` aborts.
 */
export async function forecastMetric(
  { metrics, analytics, records }: ForecastParts,
  request: ForecastRequest,
  signal: AbortSignal,
): Promise<MetricForecast> {
  if (request.horizonMs > maxHorizonMs) throw new OpenManagerError('invalid_argument', 'horizon: at most 366d.');
  const series = await findOne(metrics, request);
  const nowMs = startOf(series, request);
  const intervalMs = await usualInterval(metrics, [series]);
  const plan = planFor(intervalMs, series, { ...request, nowMs });
  const { history, tally, damagedHours } = await regularHistory(metrics, series, { ...plan, intervalMs }, nowMs);
  const { level } = request;
  const { startMs: historyStartMs, stepMs, values } = history;
  const horizon = Math.max(1, Math.ceil(request.horizonMs / stepMs));
  const track = { ...series, stepMs, horizon };
  const record = (await records?.find(track, level)) ?? null;
  const exclude = excludedSteps(request.exclude ?? [], { startMs: historyStartMs, stepMs, count: values.length });
  const forecast = await analytics.forecast(
    history.values,
    {
      horizon,
      stepMs: history.stepMs,
      startMs: history.startMs,
      levels: [level],
      bounds: unitBounds(series.unit, history.values),
      prefer: record?.preference?.model,
      ...(exclude.length > 0 && { exclude }),
    },
    signal,
  );
  records?.add({ track, issuedMs: request.nowMs, level, history, forecast });
  const coverage = await coverageOf(metrics, {
    window: { fromMs: request.fromMs ?? plan.fromMs, toMs: nowMs },
    nowMs,
    ...tally,
    counts: tally.n,
    series: 1,
    intervalMs,
    damagedHours,
    firstMs: series.firstMs,
    lastMs: series.lastMs,
  });
  const startMs = history.startMs + history.values.length * history.stepMs;
  const { host, metric, labels, unit } = series;
  const changes = await findHostChanges(metrics, await metrics.findAll(host), {
    about: series,
    window: { fromMs: history.startMs, toMs: nowMs },
  });
  const ended = nowMs < request.nowMs ? [`The data ends at ${formatTime(nowMs)}: the forecast starts there.`] : [];
  const warnings = [...forecast.warnings, ...ended];
  return {
    host,
    metric,
    labels,
    unit,
    history,
    startMs,
    forecast: { ...forecast, warnings },
    coverage,
    record,
    changes,
  };
}

/** Now, but for a series that ended long ago, which is forecast from its end. */
function startOf({ lastMs }: FoundSeries, { nowMs, horizonMs, fromMs }: ForecastRequest): number {
  if (lastMs === undefined || nowMs - lastMs <= Math.max(horizonMs, dayMs)) return nowMs;
  return fromMs === undefined || fromMs <= lastMs ? lastMs + 1 : nowMs;
}

function planFor(
  intervalMs: number,
  series: FoundSeries,
  { nowMs, horizonMs, fromMs, stepMs }: ForecastRequest,
): HistoryPlan {
  if (fromMs !== undefined && fromMs >= nowMs)
    throw new OpenManagerError('invalid_argument', 'from: the history cannot start in the future.');
  const firstMs = Math.max(fromMs ?? 0, series.firstMs ?? nowMs);
  const plan = planHistory({ firstMs, nowMs, aheadMs: horizonMs, intervalMs });
  if (stepMs === undefined) return plan;
  if (stepMs > horizonMs) {
    const longest = formatDuration(horizonMs);
    throw new OpenManagerError('invalid_argument', `step: at most the horizon, ${longest}.`);
  }
  if (horizonMs / stepMs <= maxSteps) return { fromMs: Math.max(firstMs, nowMs - maxHistoryPoints * stepMs), stepMs };
  throw new OpenManagerError(
    'invalid_argument',
    `step: ${formatDuration(stepMs)} makes more than ${maxSteps} steps of this horizon; use ${formatDuration(plan.stepMs)} or more.`,
  );
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
): Promise<{ history: Resampled; tally: Tally; damagedHours: readonly number[] }> {
  const window = { fromMs, toMs: nowMs + 1 };
  const grid = gridOf(window, stepMs);
  const { onDamaged, damagedHours } = collectDamagedHours(window);
  const tally = createCoverageTally(window, stepMs);
  const [read] = await metrics.buckets([series], window, grid, { tally, onDamaged });
  const first = read?.buckets.n.findIndex((n) => n > 0) ?? -1;
  if (read === undefined || first < 0) {
    const since = `No samples of ${safeName(series.metric)} since ${formatTime(fromMs)}`;
    throw new OpenManagerError('not_found', `${since}; list_hosts tells since when there is data.`);
  }
  const wholeSteps = Math.floor(nowMs / stepMs) - Math.floor(grid.startMs / stepMs);
  const isSingle = stepMs < singleSamples * intervalMs;
  const last = read.buckets.n.findLastIndex((n) => n > 0);
  const end = Math.max(isSingle ? last + 1 : first + 1, wholeSteps);
  const values = bucketValues(read.buckets, 'avg').slice(first, end);
  const history = { startMs: grid.startMs + first * stepMs, stepMs, values };
  return { history, tally, damagedHours };
}
