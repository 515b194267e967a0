import type { AnalyticsRunner } from '../analytics/runner.ts';
import type { Clock } from '../core/clock.ts';
import { OpenManagerError } from '../core/errors.ts';
import type { Database } from '../storage/database.ts';
import type { Ownership } from '../storage/ownership.ts';
import { askedLatelyMs, type TrackToForecast, takeTracksToForecast } from './forecast-check-store.ts';
import { forecastMetric } from './forecast-metric.ts';
import type { ForecastRecords } from './forecast-records.ts';
import type { Metrics } from './metrics.ts';

export interface ScheduleParts {
  readonly database: Database;
  readonly metrics: Metrics;
  readonly analytics: AnalyticsRunner;
  readonly records: ForecastRecords;
  readonly clock: Clock;
}

/** In one round: some seconds of one core. */
const maxForecasts = 20;

/**
 * Forecasts anew what somebody asked for in the last 30 days, once the forecast before has come to its end, so that it is
 * known how good forecasts of it are without anybody asking 30 times. They are kept as such and never told as given out.
 * Resolves to how many were made.
 * @throws `conflict` when `owner` does not own; `cancelled` when `signal` aborts.
 */
export async function makeScheduledForecasts(
  parts: ScheduleParts,
  owner: Ownership,
  signal: AbortSignal,
): Promise<number> {
  const nowMs = parts.clock.now();
  const request = { askedSinceMs: nowMs - askedLatelyMs, nowMs, limit: maxForecasts };
  let made = 0;
  for (const one of await takeTracksToForecast(owner, request)) {
    signal.throwIfAborted();
    if (await forecastTrack(parts, one, nowMs, signal)) made += 1;
  }
  return made;
}

/** False where there is nothing to learn: the series has ended, or cannot be forecast. */
async function forecastTrack(
  { metrics, analytics, records }: ScheduleParts,
  { track, level }: TrackToForecast,
  nowMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { host, metric, labels, stepMs, horizon } = track;
  const selection = { host, metric, labels };
  const horizonMs = horizon * stepMs;
  try {
    const [series] = await metrics.find(selection);
    if (series?.lastMs === undefined || nowMs - series.lastMs > horizonMs) return false;
    const request = { ...selection, nowMs, horizonMs, stepMs, level };
    await forecastMetric({ metrics, analytics, records: records.scheduled }, request, signal);
    return true;
  } catch (error) {
    if (error instanceof OpenManagerError && ['invalid_argument', 'not_found'].includes(error.code)) return false;
    throw error;
  }
}
