import { type Kysely, sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { Ownership } from '../storage/ownership.ts';
import type { Schema } from '../storage/schema.ts';
import { readSetting, writeSetting } from '../storage/settings-store.ts';
import { chunkHour, chunkKey, hourAt, hourMs } from './chunk-key.ts';
import { storedHours } from './chunk-store.ts';
import { decodeIds } from './journal-codec.ts';

/** What is kept of the past. */
export interface Retention {
  /** Older samples go, an hour at a time. */
  readonly fromMs: number;
  /** When chunks take more, the oldest go. */
  readonly maxBytes: number;
  readonly nowMs: number;
}

/** Since when there is history, where older history took too much room. */
export interface Trimmed {
  /** A whole hour: all before it was deleted. */
  readonly beforeMs: number;
  /** The limit at that time. */
  readonly maxBytes: number;
}

const trimmedKey = 'history.trimmed';

/** The last deletion by size; null when there was none. */
export async function readTrimmed(database: Database): Promise<Trimmed | null> {
  return readSetting<Trimmed>(database.db, trimmedKey);
}

/** What was deleted. */
export interface Deleted {
  readonly chunks: number;
  readonly readings: number;
}

/** Rows deleted in one transaction: some tens of milliseconds. */
const batch = 10_000;
/** A chunk's row besides its data: key, sums, and what the database needs for it. */
const rowBytes = 100;
const hoursMeasured = 96;
/** What is left below the limit, so that not every hour has to delete. */
const slack = 0.95;

/**
 * Deletes what is too old or too much, then the series that have nothing left.
 * @param layoutsGone called before the removal of layouts is committed.
 * @throws `conflict` when `owner` does not own.
 */
export async function deleteOld(
  database: Database,
  owner: Ownership,
  { fromMs, maxBytes, nowMs }: Retention,
  layoutsGone: () => void,
): Promise<Deleted> {
  const [byAge, bySize] = [hourAt(fromMs), await oldestHourWithin(database, maxBytes)];
  const note = async (db: Kysely<Schema>, hour: number) => {
    const trimmed: Trimmed = { beforeMs: hour * hourMs, maxBytes };
    if (hour > byAge) await writeSetting(db, trimmedKey, trimmed, { by: 'retention', nowMs });
  };
  const chunks = await deleteChunks(database, owner, Math.max(byAge, bySize), note);
  const readings = await deleteReadings(database.db, owner, Math.ceil(fromMs));
  await owner.transaction((transaction) => deleteEmpty(database, transaction, Math.ceil(fromMs), layoutsGone));
  return { chunks, readings };
}

/**
 * The hour before which chunks have to go for the rest to fit; 0 when all fit. Of the hours there are, up to 96 are
 * measured and stand for the others. What they add up to is brought down to what the database uses, where that is less:
 * the room of what was deleted, which PostgreSQL keeps, is not in them, and the room of a row differs.
 */
async function oldestHourWithin(database: Database, maxBytes: number): Promise<number> {
  const usedBytes = await database.usedBytes();
  if (usedBytes <= maxBytes) return 0;
  const groups = await measureHours(database.db);
  const measured = groups.reduce((sum, { bytes }) => sum + bytes, 0);
  let left = maxBytes * slack * Math.max(1, measured / usedBytes);
  for (const { bytes, last } of groups) {
    left -= bytes;
    if (left < 0) return last + 1;
  }
  return 0;
}

interface Hours {
  readonly bytes: number;
  /** The last hour of them. */
  readonly last: number;
}

/** Newest first. */
async function measureHours(db: Kysely<Schema>): Promise<Hours[]> {
  const hours = await storedHours(db);
  const stride = Math.ceil(hours.length / hoursMeasured);
  const groups: Hours[] = [];
  for (let end = hours.length; end > 0; end -= stride) {
    const group = hours.slice(Math.max(0, end - stride), end);
    const bytes = group.length * (await bytesOfHour(db, group[Math.floor(group.length / 2)] as number));
    groups.push({ bytes, last: group.at(-1) as number });
  }
  return groups;
}

async function bytesOfHour(db: Kysely<Schema>, hour: number): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select cast(coalesce(sum(length(data)), 0) + ${sql.lit(rowBytes)} * count(*) as bigint) as bytes
    from chunk where id >= ${chunkKey(hour, 0)} and id < ${chunkKey(hour + 1, 0)}`.execute(db);
  return rows[0]?.bytes ?? 0;
}

/** @param note called within each transaction with the hour before which it deletes. */
async function deleteChunks(
  database: Database,
  owner: Ownership,
  beforeHour: number,
  note: (transaction: Kysely<Schema>, hour: number) => Promise<void>,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    const next = await database.db
      .selectFrom('chunk')
      .select('id')
      .where('id', '<', chunkKey(beforeHour, 0))
      .orderBy('id')
      .offset(batch)
      .limit(1)
      .executeTakeFirst();
    const hour = next === undefined ? beforeHour : chunkHour(next.id) + 1;
    deleted += await owner.transaction(async (transaction) => {
      const gone = await deleteHours(database, transaction, hour);
      if (gone > 0) await note(transaction, hour);
      return gone;
    });
    if (next === undefined) return deleted;
  }
}

async function deleteHours(database: Database, db: Kysely<Schema>, beforeHour: number): Promise<number> {
  await lockAllHosts(database, db);
  const firstMs = beforeHour * hourMs;
  const { numDeletedRows } = await db
    .deleteFrom('chunk')
    .where('id', '<', chunkKey(beforeHour, 0))
    .executeTakeFirstOrThrow();
  await db.updateTable('series').set({ first_ms: null, last_ms: null }).where('last_ms', '<', firstMs).execute();
  await db.updateTable('series').set({ first_ms: firstMs }).where('first_ms', '<', firstMs).execute();
  return Number(numDeletedRows);
}

async function deleteReadings(db: Kysely<Schema>, owner: Ownership, beforeMs: number): Promise<number> {
  let deleted = 0;
  for (const { id } of await db.selectFrom('host').select('id').execute()) {
    const { numDeletedRows } = await owner.transaction((transaction) =>
      transaction
        .deleteFrom('journal')
        .where('host_id', '=', id)
        .where('time_ms', '<', beforeMs)
        .executeTakeFirstOrThrow(),
    );
    deleted += Number(numDeletedRows);
  }
  return deleted;
}

async function lockAllHosts(database: Database, db: Kysely<Schema>): Promise<void> {
  const hosts = await db.selectFrom('host').select('id').orderBy('id').execute();
  await database.lockHosts(
    db,
    hosts.map(({ id }) => id),
  );
}

/** Layouts and series of which no sample is left. */
async function deleteEmpty(
  database: Database,
  db: Kysely<Schema>,
  fromMs: number,
  layoutsGone: () => void,
): Promise<void> {
  await lockAllHosts(database, db);
  await db.deleteFrom('layout').where('last_ms', '<', fromMs).execute();
  await db.updateTable('layout').set({ first_ms: fromMs }).where('first_ms', '<', fromMs).execute();
  const empty = await db.selectFrom('series').select(['id', 'host_id']).where('last_ms', 'is', null).execute();
  if (empty.length === 0) return;
  const layouts = await db.selectFrom('layout').select('series_ids').execute();
  const used = new Set(layouts.flatMap(({ series_ids }) => [...decodeIds(series_ids)]));
  const gone = empty.map(({ id }) => id).filter((id) => !used.has(id));
  for (let at = 0; at < gone.length; at += 1_000)
    await db
      .deleteFrom('series')
      .where('id', 'in', gone.slice(at, at + 1_000))
      .execute();
  if (gone.length > 0) layoutsGone();
}
