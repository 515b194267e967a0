import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { OpenManagerError } from '../../core/errors.ts';
import type { Ownership } from '../../storage/ownership.ts';
import type { Schema } from '../../storage/schema.ts';
import { readSetting, writeSetting } from '../../storage/settings-store.ts';

/** Kept among the settings of a copy, and never copied itself. */
export const noteKey = 'copy';

/** The tables whose rows are copied one batch after the other, by their keys. */
export type Stage = 'chunk' | 'journal' | 'audit' | 'setting';

/** How far a copy is. */
export interface CopyNote {
  /** What `from` held when it began. */
  readonly source: string;
  readonly stage: Stage;
  /** The key of the last row that was copied in this stage; empty = none. */
  readonly after: readonly number[];
  /** Rows copied in this stage. */
  readonly rows: number;
  readonly done: boolean;
}

export interface Content {
  readonly hosts: number;
  readonly series: number;
  readonly totals: Readonly<Record<Stage, number>>;
  /** Another one after any ordinary change. */
  readonly fingerprint: string;
}

export async function readContent(db: Kysely<Schema>): Promise<Content> {
  const { rows } = await sql<Record<string, number>>`
    select * from
      (select count(*) as hosts, max(id) as last_host from host) as h,
      (select count(*) as series, max(id) as last_series from series) as s,
      (select count(*) as readings, max(time_ms) as last_reading, sum(length(vals)) as reading_bytes from journal) as j,
      (select count(*) as entries, max(id) as last_entry from audit) as a,
      (select count(*) as settings, max(changed_ms) as changed_ms from setting where key <> ${noteKey}) as t`.execute(
    db,
  );
  const { hosts = 0, series = 0, readings = 0, entries = 0, settings = 0 } = rows[0] ?? {};
  const chunks = await readChunkTotals(db);
  return {
    hosts,
    series,
    totals: { chunk: chunks.rows, journal: readings, audit: entries, setting: settings },
    fingerprint: createHash('sha256')
      .update(JSON.stringify([rows[0], chunks]))
      .digest('hex'),
  };
}

interface ChunkTotals {
  readonly rows: number;
  readonly samples: number;
  readonly bytes: number;
  /** The greatest key; -1 = none. */
  readonly last: number;
}

const pageChunks = 50_000;

/** In pages: one statement over tens of gigabytes would outlast the time that a statement has. */
async function readChunkTotals(db: Kysely<Schema>): Promise<ChunkTotals> {
  for (let totals: ChunkTotals = { rows: 0, samples: 0, bytes: 0, last: -1 }; ; ) {
    const page = await sql<ChunkTotals>`
      select count(*) as rows, sum(n) as samples, sum(length(data)) as bytes, max(id) as last
      from (select id, n, data from chunk where id > ${totals.last} order by id limit ${pageChunks}) as page`.execute(
      db,
    );
    const [found] = page.rows;
    if (found === undefined || found.rows === 0) return totals;
    const { rows, samples, bytes, last } = found;
    totals = { rows: totals.rows + rows, samples: totals.samples + samples, bytes: totals.bytes + bytes, last };
  }
}

/**
 * Where to go on: the note of an earlier run of this copy, or a new one in a database that is empty.
 * @throws `conflict` when the database holds something else
 */
export async function beginCopy(db: Kysely<Schema>, owner: Ownership, source: string): Promise<CopyNote> {
  const note = await readSetting<CopyNote>(db, noteKey);
  if (note?.source === source && note.done) return note;
  if (note?.done) throw inUse('a finished copy of an earlier state, which it may have outgrown');
  if (note === null) await assertEmpty(db);
  else await assertUnused(db);
  if (note?.source === source) return note;
  const fresh: CopyNote = { source, stage: 'chunk', after: [], rows: 0, done: false };
  await owner.transaction(async (transaction) => {
    for (const table of contentTables) await transaction.deleteFrom(table).execute();
    await writeSetting(transaction, noteKey, fresh, { by: 'copy', nowMs: Date.now() });
  });
  return fresh;
}

export async function saveNote(transaction: Kysely<Schema>, note: CopyNote): Promise<void> {
  await transaction
    .updateTable('setting')
    .set({ value: JSON.stringify(note) })
    .where('key', '=', noteKey)
    .execute();
}

/** @throws `conflict` when a copy into this database has begun and not ended */
export async function assertWhole(db: Kysely<Schema>): Promise<void> {
  const note = await readSetting<CopyNote>(db, noteKey);
  if (note === null || note.done) return;
  throw new OpenManagerError(
    'conflict',
    'The database holds half a copy: run the "openmanager migrate-store" or "openmanager restore" that began it again, to its end.',
  );
}

/** In an order in which their rows can be deleted. */
const contentTables = ['chunk', 'journal', 'layout', 'series', 'host', 'audit', 'setting'] as const;

async function assertEmpty(db: Kysely<Schema>): Promise<void> {
  for (const table of contentTables) {
    const row = await db.selectFrom(table).select(sql`1`.as('one')).limit(1).executeTakeFirst();
    if (row !== undefined) throw inUse(`rows in its table "${table}"`);
  }
}

/** A process that collected on a half copy has added what no source has. */
async function assertUnused(db: Kysely<Schema>): Promise<void> {
  const owner = await db.selectFrom('owner').select('role').where('role', '<>', 'maintain').limit(1).executeTakeFirst();
  if (owner !== undefined) throw inUse('half a copy on which an OpenManager was started since');
}

function inUse(what: string): OpenManagerError {
  return new OpenManagerError(
    'conflict',
    `The database to copy to holds ${what}. Name an empty one. Nothing was changed.`,
  );
}
