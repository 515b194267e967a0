import { type Kysely, sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { Ownership } from '../storage/ownership.ts';
import type { Schema } from '../storage/schema.ts';
import { chunkKey, hourAt, hourMs } from './chunk-key.ts';
import { readChunks, writeChunks } from './chunk-store.ts';
import { type JournalRange, readRows, samplesOf } from './journal-store.ts';
import { mergeSamples, type Samples } from './samples.ts';

/** What was made of the journal. */
export interface Compacted {
  readonly chunks: number;
  readonly samples: number;
}

/**
 * Moves the journal's samples of hours that ended by `beforeMs` into chunks: one transaction an hour and host, which
 * the right to maintain goes with.
 * @throws `conflict` when `owner` does not own.
 */
export async function compactJournal(
  database: Database,
  owner: Ownership,
  beforeMs: number,
  signal: AbortSignal,
): Promise<Compacted> {
  const total = { chunks: 0, samples: 0 };
  for (const { id } of await database.db.selectFrom('host').select('id').orderBy('id').execute()) {
    for (;;) {
      signal.throwIfAborted();
      const range = await oldestHour(database.db, id);
      if (range === undefined || range.toMs > beforeMs) break;
      const made = await owner.transaction(async (transaction) => {
        await database.lockHosts(transaction, [id]);
        const compacted = await compactHour(database, transaction, range);
        await forgetLayouts(transaction, range);
        return compacted;
      });
      total.chunks += made.chunks;
      total.samples += made.samples;
    }
  }
  if (total.chunks > 0) await database.reclaim();
  return total;
}

/** The time of the oldest reading that the journal has of a host. */
export async function oldestReading(db: Kysely<Schema>, hostId: number): Promise<number | undefined> {
  const oldest = await db
    .selectFrom('journal')
    .select('time_ms')
    .where('host_id', '=', hostId)
    .orderBy('time_ms')
    .limit(1)
    .executeTakeFirst();
  return oldest?.time_ms;
}

async function oldestHour(db: Kysely<Schema>, hostId: number): Promise<JournalRange | undefined> {
  const oldestMs = await oldestReading(db, hostId);
  if (oldestMs === undefined) return undefined;
  const fromMs = hourAt(oldestMs) * hourMs;
  return { hostId, fromMs, toMs: fromMs + hourMs };
}

/**
 * Moves the journal's samples of a host and hour into chunks, whatever has been moved before. Within a transaction that
 * has locked the host.
 */
export async function compactHour(
  database: Database,
  transaction: Kysely<Schema>,
  range: JournalRange,
): Promise<Compacted> {
  const journal = await samplesOf(await readRows(database, range, undefined, transaction));
  const hour = hourAt(range.fromMs);
  const { chunks } = await mergeIntoChunks(
    database,
    transaction,
    [...journal].map(([seriesId, samples]) => [chunkKey(hour, seriesId), samples] as const),
  );
  await transaction
    .deleteFrom('journal')
    .where('host_id', '=', range.hostId)
    .where('time_ms', '>=', range.fromMs)
    .where('time_ms', '<', range.toMs)
    .execute();
  await widenSeries(
    transaction,
    [...journal].map(([id, { timesMs }]) => [id, timesMs[0] as number, timesMs.at(-1) as number]),
  );
  const samples = [...journal.values()].reduce((sum, { timesMs }) => sum + timesMs.length, 0);
  return { chunks, samples };
}

/** Adds samples to chunks by key; those already there give way to added ones of the same time. Returns the number of chunks. */
export async function mergeIntoChunks(
  database: Database,
  transaction: Kysely<Schema>,
  added: readonly (readonly [key: number, samples: Samples])[],
  onMerge: (before: Samples, added: Samples, after: Samples) => void = () => {},
): Promise<{ chunks: number }> {
  const byKey = added.toSorted(([one], [other]) => one - other);
  const keys = byKey.map(([key]) => key);
  const before = new Map<number, Samples>();
  for await (const [key, samples] of readChunks(database, keys, { on: transaction })) before.set(key, samples);
  const merged = byKey.map(([key, samples]) => {
    const existing = before.get(key);
    if (existing === undefined) return [key, samples] as const;
    const after = mergeSamples(existing, samples);
    onMerge(existing, samples, after);
    return [key, after] as const;
  });
  await writeChunks(database, transaction, merged);
  return { chunks: merged.length };
}

/** The journal has nothing older than the range's end left of this host. */
async function forgetLayouts(db: Kysely<Schema>, { hostId, toMs }: JournalRange): Promise<void> {
  const ofHost = <T extends { where(column: 'host_id', operator: '=', value: number): T }>(query: T) =>
    query.where('host_id', '=', hostId);
  await ofHost(db.deleteFrom('layout')).where('last_ms', '<', toMs).execute();
  await ofHost(db.updateTable('layout')).set({ first_ms: toMs }).where('first_ms', '<', toMs).execute();
}

const rowsUpdated = 500;

/** Notes that the series with these ids have chunks with samples of these times. */
export async function widenSeries(
  db: Kysely<Schema>,
  spans: readonly (readonly [id: number, firstMs: number, lastMs: number])[],
): Promise<void> {
  for (let at = 0; at < spans.length; at += rowsUpdated) {
    const values = spans
      .slice(at, at + rowsUpdated)
      .map((span) => sql`(${sql.join(span.map((value) => sql`cast(${value} as bigint)`))})`);
    await sql`
      with seen(id, first_ms, last_ms) as (values ${sql.join(values)})
      update series set
        first_ms = case when seen.first_ms < coalesce(series.first_ms, seen.first_ms + 1) then seen.first_ms else series.first_ms end,
        last_ms = case when seen.last_ms > coalesce(series.last_ms, seen.last_ms - 1) then seen.last_ms else series.last_ms end
      from seen where series.id = seen.id`.execute(db);
  }
}
