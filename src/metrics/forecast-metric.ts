import type { Forecast } from '../analytics/index.ts';
import type { AnalyticsRunner } from '../analytics/runner.ts';
import { OpenManagerError } from '../core/errors.ts';
import { type Descriptor, seriesName } from '../core/series.ts';
import { safeName } from '../core/text.ts';
import { formatDuration, formatTime } from '../core/time.ts';
import { type HistoryPlan, maxHistoryPoints, planHistory } from './history-window.ts';
import type { Metrics, SeriesSamples, SeriesSelection } from './metrics.ts';
import { type Resampled, resample } from './resample.ts';
import { unitBounds } from './unit-bounds.ts';

export interface ForecastRequest extends SeriesSelection {
  readonly nowMs: number;
  readonly horizonMs: number;
  /** Start of the history; as far back as it helps when left out. */
  readonly fromMs?: number | undefined;
  readonly stepMs?: number | undefined;
  /** Nominal coverage of the interval. */
  readonly level: number;
}

export interface MetricForecast extends Descriptor {
  readonly host: string;
  readonly history: Resampled;
  /** Start of the first predicted step, in milliseconds since the epoch. */
  readonly startMs: number;
  readonly forecast: Forecast;
}

const maxHorizonMs = 366 * 86_400_000;
const maxSteps = 10_000;

/**
 * Forecasts one series from its stored history.
 * @throws OpenManagerError `not_found` when there is no such series or it has no samples; `invalid_argument` when several
 * series match or an option is out of range; `cancelled` when `signal` aborts.
 */
export async function forecastMetric(
  { metrics, analytics }: { metrics: Metrics; analytics: AnalyticsRunner },
  request: ForecastRequest,
  signal: AbortSignal,
): Promise<MetricForecast> {
  if (request.horizonMs > maxHorizonMs) throw new OpenManagerError('invalid_argument', 'horizon: at most 366d.');
  const plan = await planFor(metrics, request);
  const { samples, ...descriptor } = await readOne(metrics, request, plan.fromMs);
  const history = regularHistory({ samples, ...descriptor }, plan, request.nowMs);
  const forecast = await analytics.forecast(
    history.values,
    {
      horizon: Math.max(1, Math.ceil(request.horizonMs / history.stepMs)),
      stepMs: history.stepMs,
      startMs: history.startMs,
      levels: [request.level],
      bounds: unitBounds(descriptor.unit),
    },
    signal,
  );
  return { ...descriptor, history, startMs: history.startMs + history.values.length * history.stepMs, forecast };
}

async function planFor(
  metrics: Metrics,
  { host, nowMs, horizonMs, fromMs, stepMs }: ForecastRequest,
): Promise<HistoryPlan> {
  if (fromMs !== undefined && fromMs >= nowMs)
    throw new OpenManagerError('invalid_argument', 'from: the history cannot start in the future.');
  const local = host === undefined || host === 'localhost';
  const known = (await metrics.hosts()).find((candidate) => (local ? candidate.local : candidate.host === host));
  const firstMs = Math.max(fromMs ?? 0, known?.firstMs ?? nowMs);
  const plan = planHistory({ firstMs, nowMs, aheadMs: horizonMs, intervalMs: metrics.intervalMs });
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

async function readOne(
  metrics: Metrics,
  selection: SeriesSelection & { nowMs: number },
  fromMs: number,
): Promise<SeriesSamples> {
  const series = await metrics.read(selection, { fromMs, toMs: selection.nowMs + 1 });
  const [only, ...others] = series;
  if (only && others.length === 0) return only;
  const names = series.slice(0, 8).map(({ metric, labels }) => safeName(seriesName(metric, labels), 200));
  throw new OpenManagerError(
    'invalid_argument',
    `${series.length} series match; name one by labels: ${names.join('; ')}.`,
  );
}

/** Without the step that is still running, which would be an average of less than the others. */
function regularHistory({ samples, metric }: SeriesSamples, { fromMs, stepMs }: HistoryPlan, nowMs: number): Resampled {
  const [firstMs] = samples.timesMs;
  if (firstMs === undefined) {
    const since = `No samples of ${safeName(metric)} since ${formatTime(fromMs)}`;
    throw new OpenManagerError('not_found', `${since}; list_hosts tells since when there is data.`);
  }
  const oneStep = (Math.floor(firstMs / stepMs) + 1) * stepMs;
  const toMs = Math.max(oneStep, Math.floor(nowMs / stepMs) * stepMs);
  return resample(samples, { fromMs: firstMs, toMs, stepMs }, 'avg');
}
