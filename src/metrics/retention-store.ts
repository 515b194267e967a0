import type { Kysely } from 'kysely';
import type { Schema } from '../storage/schema.ts';
import { decodeIds } from './journal-codec.ts';

/** Readings deleted in one transaction: a few milliseconds. */
const batch = 1_000;

/**
 * Deletes readings older than `timeMs` (epoch), then the layouts and series that have none left.
 * @param layoutsGone called before the layouts' removal is committed.
 * @returns how many readings went.
 */
export async function deleteJournalBefore(
  db: Kysely<Schema>,
  timeMs: number,
  layoutsGone: () => void,
): Promise<number> {
  const cutoffMs = Math.ceil(timeMs);
  let deleted = 0;
  for (const { id } of await db.selectFrom('host').select('id').execute())
    deleted += await deleteReadings(db, id, cutoffMs);
  await db.transaction().execute(async (transaction) => {
    const gone = await transaction.deleteFrom('layout').where('last_ms', '<', cutoffMs).returning('host_id').execute();
    await transaction.updateTable('layout').set({ first_ms: cutoffMs }).where('first_ms', '<', cutoffMs).execute();
    for (const hostId of new Set(gone.map((layout) => layout.host_id))) await deleteUnusedSeries(transaction, hostId);
    if (gone.length > 0) layoutsGone();
  });
  return deleted;
}

async function deleteReadings(db: Kysely<Schema>, hostId: number, cutoffMs: number): Promise<number> {
  let deleted = 0;
  for (;;) {
    const next = await db
      .selectFrom('journal')
      .select('time_ms')
      .where('host_id', '=', hostId)
      .where('time_ms', '<', cutoffMs)
      .orderBy('time_ms')
      .offset(batch)
      .limit(1)
      .executeTakeFirst();
    const { numDeletedRows } = await db
      .deleteFrom('journal')
      .where('host_id', '=', hostId)
      .where('time_ms', '<', next?.time_ms ?? cutoffMs)
      .executeTakeFirst();
    deleted += Number(numDeletedRows);
    if (!next) return deleted;
  }
}

async function deleteUnusedSeries(db: Kysely<Schema>, hostId: number): Promise<void> {
  const layouts = await db.selectFrom('layout').select('series_ids').where('host_id', '=', hostId).execute();
  const used = new Set(layouts.flatMap(({ series_ids }) => [...decodeIds(series_ids)]));
  const series = await db.selectFrom('series').select('id').where('host_id', '=', hostId).execute();
  const unused = series.map(({ id }) => id).filter((id) => !used.has(id));
  for (let at = 0; at < unused.length; at += batch)
    await db
      .deleteFrom('series')
      .where('id', 'in', unused.slice(at, at + batch))
      .execute();
}
