import { type ContenderLoss, preferContender } from '../analytics/dynamic-selection.ts';
import { countInside, measureForecast } from '../analytics/forecast-loss.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { seriesName } from '../core/series.ts';
import type { Database } from '../storage/database.ts';
import type { Ownership } from '../storage/ownership.ts';
import { bucketValues } from './buckets.ts';
import {
  type DueForecast,
  dropForecast,
  dueForecasts,
  type ForecastOutcome,
  postponeForecast,
  readTrack,
  resolveForecast,
  savePreference,
} from './forecast-check-store.ts';
import { keptSteps } from './forecast-record-codec.ts';
import type { MetricStore } from './metric-store.ts';
import { seriesKey } from './series-key.ts';
import type { StoredSeries } from './stored-series.ts';

export interface CheckParts {
  readonly database: Database;
  readonly store: MetricStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const hourMs = 3_600_000;
/** Readings are stored some seconds after they were taken. */
const settleMs = 60_000;
/** Steps without a value may still come, by an import: what is known is enough after a day, and half is needed. */
const patienceMs = 24 * hourMs;
const leastKnown = 0.5;
const giveUpMs = 7 * 24 * hourMs;
const postponedMs = 6 * hourMs;
/** In one round. */
const maxChecked = 200;

/**
 * Compares forecasts whose time has come with what came, the oldest first, and decides anew which method their series are
 * forecast with. Resolves to how many were checked.
 * @throws `conflict` when `owner` does not own, and what the database throws; what was checked until then is kept.
 */
export async function checkForecasts(parts: CheckParts, owner: Ownership, signal: AbortSignal): Promise<number> {
  const { database, store, clock } = parts;
  const nowMs = clock.now();
  const due = await dueForecasts(database.db, nowMs - settleMs, maxChecked);
  const seriesOf = findingSeries(store);
  let checked = 0;
  for (const group of Map.groupBy(due, ({ trackKey }) => trackKey).values()) {
    signal.throwIfAborted();
    const outcomes = new Map<DueForecast, ForecastOutcome | null>();
    for (const one of group) outcomes.set(one, await outcomeOf(store, await seriesOf(one), one, nowMs));
    checked += await settle(parts, owner, outcomes, nowMs);
  }
  return checked;
}

/** In one transaction what became of forecasts of one track, and what follows from it. */
async function settle(
  { log }: CheckParts,
  owner: Ownership,
  outcomes: ReadonlyMap<DueForecast, ForecastOutcome | null>,
  nowMs: number,
): Promise<number> {
  return owner.transaction(async (transaction) => {
    let checked = 0;
    for (const [due, outcome] of outcomes) {
      if (outcome !== null) {
        await resolveForecast(transaction, due, outcome, nowMs);
        checked += 1;
      } else if (nowMs - comeMs(due) > giveUpMs) await dropForecast(transaction, due.id);
      else await postponeForecast(transaction, due.id, nowMs + postponedMs);
    }
    const [first] = outcomes.keys();
    if (checked === 0 || first === undefined) return checked;
    const { windows, preference } = await readTrack(transaction, first.trackKey);
    const preferred = preferContender(windows, preference);
    if (preferred !== null && preferred !== preference) {
      await savePreference(transaction, first.trackKey, preferred);
      const { host, metric, labels } = first.track;
      log.info('a series is forecast by another method', { host, series: seriesName(metric, labels), ...preferred });
    }
    return checked;
  });
}

/** When what came could be known. A forecast may begin in the past: where a series has ended. */
function comeMs({ endMs, issuedMs }: DueForecast): number {
  return Math.max(endMs, issuedMs);
}

/** Null when too little is known, or what is missing may still come. */
async function outcomeOf(
  store: MetricStore,
  series: StoredSeries | undefined,
  due: DueForecast,
  nowMs: number,
): Promise<ForecastOutcome | null> {
  if (series === undefined) return null;
  const actual = await truthOf(store, series, due);
  const known = actual.filter((value) => !Number.isNaN(value)).length;
  if (known < leastKnown * actual.length) return null;
  if (known < actual.length && nowMs - comeMs(due) < patienceMs) return null;
  const losses = new Map<string, ContenderLoss>();
  for (const { model, ...prediction } of due.predictions) {
    const loss = measureForecast(actual, prediction, due.scale);
    if (loss !== null) losses.set(model, loss);
  }
  const interval = due.predictions[0]?.intervals[0];
  const { inside } = interval ? countInside(actual, interval) : { inside: 0 };
  return { known: interval ? known : 0, inside, losses };
}

/** At the steps that are kept, by the same averages as the history that the forecast was made from. */
async function truthOf(store: MetricStore, { id, host }: StoredSeries, due: DueForecast): Promise<Float64Array> {
  const { startMs, endMs, track } = due;
  const grid = { startMs, stepMs: track.stepMs, count: track.horizon };
  const read = await store.readBuckets({ host, seriesIds: [id], fromMs: startMs, toMs: endMs, grid });
  const buckets = read.get(id);
  const values = buckets ? bucketValues(buckets, 'avg') : new Float64Array();
  return Float64Array.from(keptSteps(track.horizon), (i) => values[i] ?? Number.NaN);
}

/** Asks for the series of each host once. */
function findingSeries(store: MetricStore): (due: DueForecast) => Promise<StoredSeries | undefined> {
  const known = new Map<string, Promise<readonly StoredSeries[]>>();
  return async ({ track }) => {
    const series = known.get(track.host) ?? store.series({ host: track.host });
    known.set(track.host, series);
    return (await series).find((one) => seriesKey(one) === seriesKey(track));
  };
}
