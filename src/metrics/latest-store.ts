import { type Kysely, sql } from 'kysely';
import type { Descriptor, Labels } from '../core/series.ts';
import type { Database } from '../storage/database.ts';
import type { Schema } from '../storage/schema.ts';
import { chunkKey, hourAt } from './chunk-key.ts';
import { readSummaries } from './chunk-store.ts';
import { decodeIds, decodeValues } from './journal-codec.ts';
import type { Reading } from './reading.ts';

/** Finds a host's newest reading, or null; the same series come with the same descriptors. See `MetricStore.latest`. */
export function createLatest() {
  const known = new Map<string, { layoutId: number; descriptors: readonly Descriptor[] }>();

  async function descriptorsOf(db: Kysely<Schema>, host: string, layoutId: number, seriesIds: Uint32Array) {
    const cached = known.get(host);
    if (cached?.layoutId === layoutId) return cached.descriptors;
    const byId = new Map((await seriesOf(db, host)).map(({ id, descriptor }) => [id, descriptor]));
    const descriptors = Array.from(seriesIds, (id) => byId.get(id) as Descriptor);
    known.set(host, { layoutId, descriptors });
    return descriptors;
  }

  return async (database: Database, host: string): Promise<Reading | null> => {
    const { db } = database;
    const row = await newestOfJournal(db, host);
    const newestMs = await newestOfChunks(db, host);
    if (row === undefined || newestMs > row.time_ms) return lastOfChunks(database, host, newestMs);
    const descriptors = await descriptorsOf(db, host, row.layout_id, decodeIds(row.series_ids));
    return { host, timestampMs: row.time_ms, descriptors, values: decodeValues(row.vals) };
  };
}

/** The time of the newest reading that a collector reported; -Infinity without any. */
export async function newestCollected({ db }: Database, host: string): Promise<number> {
  return (await newestOfJournal(db, host))?.time_ms ?? Number.NEGATIVE_INFINITY;
}

function newestOfJournal(db: Kysely<Schema>, host: string) {
  return db
    .selectFrom('journal')
    .innerJoin('layout', 'layout.id', 'journal.layout_id')
    .select(['journal.time_ms', 'journal.layout_id', 'journal.vals', 'layout.series_ids'])
    .where('journal.host_id', '=', ({ selectFrom }) => selectFrom('host').select('id').where('name', '=', host))
    .orderBy('journal.time_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** -Infinity when the host has no chunks. */
async function newestOfChunks(db: Kysely<Schema>, host: string): Promise<number> {
  const { rows } = await sql<{ last_ms: number | null }>`
    select max(series.last_ms) as last_ms from series join host on host.id = series.host_id
    where host.name = ${host}`.execute(db);
  return rows[0]?.last_ms ?? Number.NEGATIVE_INFINITY;
}

async function seriesOf(db: Kysely<Schema>, host: string) {
  const rows = await db
    .selectFrom('series')
    .innerJoin('host', 'host.id', 'series.host_id')
    .select(['series.id', 'series.metric', 'series.labels', 'series.unit', 'series.last_ms'])
    .where('host.name', '=', host)
    .orderBy('series.id')
    .execute();
  return rows.map(({ id, metric, labels, unit, last_ms }) => {
    const descriptor: Descriptor = { metric, labels: JSON.parse(labels) as Labels, unit };
    return { id, descriptor, lastMs: last_ms ?? Number.NEGATIVE_INFINITY };
  });
}

const silentMs = 86_400_000;

/** Of each series that has not been silent for longer than a day before `newestMs`; null when there is none. */
export async function lastOfChunks(database: Database, host: string, newestMs: number): Promise<Reading | null> {
  const series = await seriesOf(database.db, host);
  const current = series.filter(({ lastMs }) => lastMs >= newestMs - silentMs && lastMs > Number.NEGATIVE_INFINITY);
  if (current.length === 0) return null;
  const keys = current.map(({ id, lastMs }) => chunkKey(hourAt(lastMs), id));
  const last = new Map<number, number>();
  await readSummaries(
    database,
    keys.toSorted((a, b) => a - b),
    (summary) => last.set(summary.id, summary.last),
  );
  return {
    host,
    timestampMs: newestMs,
    descriptors: current.map(({ descriptor }) => descriptor),
    values: Float64Array.from(keys, (key) => last.get(key) ?? Number.NaN),
  };
}
