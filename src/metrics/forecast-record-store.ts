import { type Kysely, sql } from 'kysely';
import type { Preference } from '../analytics/index.ts';
import type { Database } from '../storage/database.ts';
import type { Schema } from '../storage/schema.ts';
import { encodePredictions, type KeptPrediction } from './forecast-record-codec.ts';
import { type ForecastTrack, trackKey } from './forecast-track.ts';
import { canonicalLabels } from './series-key.ts';

/** A forecast, as it is kept until its time has come. */
export interface KeptForecast {
  readonly track: ForecastTrack;
  readonly issuedMs: number;
  /** Start of the first step. */
  readonly startMs: number;
  /** Made to learn from it; nobody asked. */
  readonly scheduled: boolean;
  /** Nominal coverage of the interval. */
  readonly level: number;
  /** The method that all are compared with; one of `predictions`. */
  readonly baseline: string;
  /** The one that was given out first; of each method one. */
  readonly predictions: readonly KeptPrediction[];
  /** Mean absolute difference of successive values of the history; NaN = not known. */
  readonly scale: number;
}

/** How the forecasts that were given out of a track turned out. */
export interface ForecastRecord {
  /** Forecasts that were checked. What was asked for within a quarter of a horizon counts once. */
  readonly checked: number;
  /** Mean over those that could be scaled, null without any; of repeating the last value at the same steps. */
  readonly mase: number | null;
  readonly baselineMase: number | null;
  /** Of the intervals of the level that is asked for; null when none of them was checked. */
  readonly coverage: { readonly level: number; readonly actual: number; readonly checked: number } | null;
  /** Null = each forecast's own backtest chooses. */
  readonly preference: Preference | null;
}

/** So much of its horizon must lie between two forecasts that are kept: else hundreds would tell no more than one. */
const leastApart = 0.25;

/** Keeps a forecast, unless there is one like it of nearly the same time. */
export async function keepForecast({ db }: Database, kept: KeptForecast): Promise<void> {
  const key = trackKey(kept.track);
  await db.transaction().execute(async (transaction) => {
    await keepTrack(transaction, key, kept);
    if (await hasNear(transaction, key, kept)) return;
    await transaction
      .insertInto('forecast')
      .values(rowOf(key, kept))
      .onConflict((conflict) =>
        conflict
          .columns(['track', 'start_ms', 'horizon'])
          // What was made before anybody asked is given out now.
          .doUpdateSet({ scheduled: sql`forecast.scheduled * excluded.scheduled` }),
      )
      .execute();
  });
}

async function keepTrack(db: Kysely<Schema>, key: string, { track, level, issuedMs, scheduled }: KeptForecast) {
  const { host, metric, labels, unit, stepMs, horizon } = track;
  const asked = { horizon, level, asked_ms: issuedMs };
  const identity = { key, host, metric, labels: canonicalLabels(labels), unit, step_ms: stepMs };
  await db
    .insertInto('forecast_track')
    .values({ ...identity, ...asked, scheduled_ms: 0, preference: null })
    .onConflict((conflict) =>
      scheduled ? conflict.column('key').doNothing() : conflict.column('key').doUpdateSet(asked),
    )
    .execute();
}

/** Of what was given out only what was given out counts, as it is told how much that was. */
async function hasNear(db: Kysely<Schema>, key: string, { track, startMs, scheduled }: KeptForecast): Promise<boolean> {
  const apartMs = leastApart * track.horizon * track.stepMs;
  const near = await db
    .selectFrom('forecast')
    .select('id')
    .where('track', '=', key)
    .where('start_ms', '>', Math.floor(startMs - apartMs))
    .where('start_ms', '<', Math.ceil(startMs + apartMs))
    .$if(!scheduled, (query) => query.where('scheduled', '=', 0))
    .limit(1)
    .executeTakeFirst();
  return near !== undefined;
}

function rowOf(
  key: string,
  { track, issuedMs, startMs, scheduled, level, baseline, predictions, scale }: KeptForecast,
) {
  const { models, bytes } = encodePredictions(predictions);
  const endMs = startMs + track.horizon * track.stepMs;
  return {
    track: key,
    start_ms: startMs,
    end_ms: endMs,
    horizon: track.horizon,
    issued_ms: issuedMs,
    scheduled: scheduled ? 1 : 0,
    level,
    baseline,
    models,
    scale: Number.isFinite(scale) ? scale : -1,
    predictions: bytes,
    due_ms: Math.max(issuedMs, endMs),
  };
}

/** Null when nothing was checked and nothing is preferred. */
export async function readForecastRecord(
  { db }: Database,
  track: ForecastTrack,
  level: number,
): Promise<ForecastRecord | null> {
  const key = trackKey(track);
  const preferred = await db
    .selectFrom('forecast_track')
    .select('preference')
    .where('key', '=', key)
    .executeTakeFirst();
  if (preferred === undefined) return null;
  const { rows } = await sql<Totals>`
    select count(*) as checked, avg(mase) as mase, avg(baseline_mase) as baseline,
      sum(case when level = ${level} then 1 else 0 end) as intervals,
      sum(case when level = ${level} then inside else 0 end) as inside,
      sum(case when level = ${level} then known else 0 end) as known
    from forecast where track = ${key} and scheduled = 0 and resolved_ms is not null`.execute(db);
  const preference = parsePreference(preferred.preference);
  const [totals] = rows;
  if (totals === undefined || totals.checked === 0) return preference && { ...unchecked, preference };
  const { checked, mase, baseline: baselineMase, intervals, inside, known } = totals;
  const coverage = known === 0 ? null : { level, actual: inside / known, checked: intervals };
  return { checked, mase, baselineMase, coverage, preference };
}

interface Totals {
  readonly checked: number;
  readonly mase: number | null;
  readonly baseline: number | null;
  readonly intervals: number;
  readonly inside: number;
  readonly known: number;
}

const unchecked = { checked: 0, mase: null, baselineMase: null, coverage: null };

export function parsePreference(json: string | null): Preference | null {
  return json === null ? null : (JSON.parse(json) as Preference);
}
