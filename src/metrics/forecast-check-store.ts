import { type Kysely, sql } from 'kysely';
import type { ContenderLoss, Preference, ResolvedWindow } from '../analytics/index.ts';
import type { Labels } from '../core/series.ts';
import type { Ownership } from '../storage/ownership.ts';
import type { Schema } from '../storage/schema.ts';
import { decodePredictions, type KeptPrediction } from './forecast-record-codec.ts';
import { parsePreference } from './forecast-record-store.ts';
import type { ForecastTrack } from './forecast-track.ts';

/** A forecast whose time has come. */
export interface DueForecast {
  readonly id: number;
  readonly trackKey: string;
  readonly track: ForecastTrack;
  readonly startMs: number;
  readonly endMs: number;
  readonly issuedMs: number;
  readonly baseline: string;
  /** The one that was given out first. */
  readonly predictions: readonly KeptPrediction[];
  /** NaN = not known. */
  readonly scale: number;
}

/** How it turned out. */
export interface ForecastOutcome {
  readonly known: number;
  readonly inside: number;
  /** By method; empty where nothing can be scaled. */
  readonly losses: ReadonlyMap<string, ContenderLoss>;
}

/** Those that are due at `nowMs`, what waits longest first. */
export async function dueForecasts(db: Kysely<Schema>, nowMs: number, limit: number): Promise<DueForecast[]> {
  const rows = await db
    .selectFrom('forecast')
    .innerJoin('forecast_track', 'forecast_track.key', 'forecast.track')
    .select(['forecast.id', 'track', 'start_ms', 'end_ms', 'forecast.horizon', 'issued_ms', 'forecast.level'])
    .select(['baseline', 'models', 'scale', 'predictions', 'host', 'metric', 'labels', 'unit', 'step_ms'])
    .where('due_ms', '<=', nowMs)
    .orderBy('due_ms')
    .limit(limit)
    .execute();
  return rows.map(({ host, metric, labels, unit, step_ms, horizon, level, models, predictions, ...row }) => ({
    id: row.id,
    trackKey: row.track,
    track: { host, metric, labels: JSON.parse(labels) as Labels, unit, stepMs: step_ms, horizon },
    startMs: row.start_ms,
    endMs: row.end_ms,
    issuedMs: row.issued_ms,
    baseline: row.baseline,
    predictions: decodePredictions({ models, bytes: predictions ?? new Uint8Array() }, { horizon, level }),
    scale: row.scale < 0 ? Number.NaN : row.scale,
  }));
}

/** Stores how a forecast turned out; what it predicted is not needed any more. */
export async function resolveForecast(
  db: Kysely<Schema>,
  { id, baseline, predictions: [given] }: DueForecast,
  { known, inside, losses }: ForecastOutcome,
  nowMs: number,
): Promise<void> {
  const mase = losses.get(given?.model ?? '')?.mase ?? null;
  const baselineMase = losses.get(baseline)?.mase ?? null;
  await db
    .updateTable('forecast')
    .set({ predictions: null, due_ms: null, resolved_ms: nowMs, known, inside })
    // Both or neither, as they are told beside each other.
    .set({ mase: baselineMase === null ? null : mase, baseline_mase: mase === null ? null : baselineMase })
    .set({ losses: JSON.stringify([...losses].map(([model, loss]) => [model, loss.mase, loss.quantileLoss])) })
    .where('id', '=', id)
    .execute();
}

export async function postponeForecast(db: Kysely<Schema>, id: number, dueMs: number): Promise<void> {
  await db.updateTable('forecast').set({ due_ms: dueMs }).where('id', '=', id).execute();
}

export async function dropForecast(db: Kysely<Schema>, id: number): Promise<void> {
  await db.deleteFrom('forecast').where('id', '=', id).execute();
}

/** What was resolved of a track, scheduled ones included, and which method is preferred so far. */
export async function readTrack(
  db: Kysely<Schema>,
  key: string,
): Promise<{ windows: readonly ResolvedWindow[]; preference: Preference | null }> {
  const track = await db.selectFrom('forecast_track').select('preference').where('key', '=', key).executeTakeFirst();
  const rows = await db
    .selectFrom('forecast')
    .select(['start_ms', 'end_ms', 'models', 'losses'])
    .where('track', '=', key)
    .where('losses', 'is not', null)
    .execute();
  const windows = rows.map(({ start_ms, end_ms, models, losses }) => ({
    startMs: start_ms,
    endMs: end_ms,
    used: (JSON.parse(models) as [string, number][])[0]?.[0] ?? '',
    losses: new Map(
      (JSON.parse(losses ?? '[]') as [string, number, number | null][]).map(([model, mase, quantileLoss]) => [
        model,
        { mase, quantileLoss },
      ]),
    ),
  }));
  return { windows, preference: parsePreference(track?.preference ?? null) };
}

export async function savePreference(db: Kysely<Schema>, key: string, preference: Preference): Promise<void> {
  await db
    .updateTable('forecast_track')
    .set({ preference: JSON.stringify(preference) })
    .where('key', '=', key)
    .execute();
}

/** A track that somebody asked for lately, whose last forecast has come to its end. */
export interface TrackToForecast {
  readonly key: string;
  readonly track: ForecastTrack;
  readonly level: number;
}

/** Those that wait longest first; they are noted as made, whatever comes of it. */
export async function takeTracksToForecast(
  owner: Ownership,
  { askedSinceMs, nowMs, limit }: { askedSinceMs: number; nowMs: number; limit: number },
): Promise<TrackToForecast[]> {
  return owner.transaction(async (db) => {
    const rows = await db
      .selectFrom('forecast_track')
      .select(['key', 'host', 'metric', 'labels', 'unit', 'step_ms', 'horizon', 'level'])
      .where('asked_ms', '>=', askedSinceMs)
      .where(sql<boolean>`scheduled_ms + horizon * step_ms <= ${nowMs}`)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('forecast')
              .select('forecast.id')
              .whereRef('forecast.track', '=', 'forecast_track.key')
              .where('forecast.end_ms', '>', nowMs),
          ),
        ),
      )
      .orderBy('scheduled_ms')
      .limit(limit)
      .execute();
    const keys = rows.map(({ key }) => key);
    if (keys.length > 0)
      await db.updateTable('forecast_track').set({ scheduled_ms: nowMs }).where('key', 'in', keys).execute();
    return rows.map(({ key, step_ms, labels, level, ...row }) => {
      return { key, level, track: { ...row, labels: JSON.parse(labels) as Labels, stepMs: step_ms } };
    });
  });
}

const dayMs = 86_400_000;
/** 30 windows of a week, which is what a choice needs, take 210 days. */
const keptMs = 400 * dayMs;
const keptOfTrack = 200;
/** Some 20 KB each. */
const keptUnchecked = 5_000;
/** Some 1 KB each, once they are checked. */
const keptInAll = 50_000;
/** A track without forecasts is kept while its series may be forecast on a schedule. */
export const askedLatelyMs = 30 * dayMs;

/** Deletes forecasts that are too old or too many, then the tracks that have none. */
export async function deleteOldForecasts(db: Kysely<Schema>, nowMs: number): Promise<void> {
  await db
    .deleteFrom('forecast')
    .where('end_ms', '<', nowMs - keptMs)
    .execute();
  await sql`
    delete from forecast where id in (
      select id from (select id, row_number() over (partition by track order by start_ms desc) as place from forecast)
        as placed
      where place > ${keptOfTrack})`.execute(db);
  await sql`
    delete from forecast where due_ms is not null and id <= (
      select id from forecast where due_ms is not null order by id desc limit 1 offset ${keptUnchecked})`.execute(db);
  await sql`
    delete from forecast where id <= (select id from forecast order by id desc limit 1 offset ${keptInAll})`.execute(
    db,
  );
  await sql`
    delete from forecast_track where asked_ms < ${nowMs - askedLatelyMs}
      and not exists (select 1 from forecast where forecast.track = forecast_track.key)`.execute(db);
}
