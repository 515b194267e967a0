import { type Kysely, sql } from 'kysely';
import { OpenManagerError } from '../../core/errors.ts';
import type { Ownership } from '../../storage/ownership.ts';
import type { Schema } from '../../storage/schema.ts';
import { readSetting, writeSetting } from '../../storage/settings-store.ts';

/** Kept among the settings of a copy, and never copied itself. */
export const noteKey = 'copy';

/** The tables whose rows are copied one batch after the other, by their keys. */
export type Stage =
  | 'chunk'
  | 'journal'
  | 'audit'
  | 'forecast_track'
  | 'forecast'
  | 'anomaly'
  | 'detector_state'
  | 'setting';

/** How far a copy is. */
export interface CopyNote {
  /** The fingerprint of what `from` held when it began. */
  readonly source: string;
  readonly stage: Stage;
  /** The key of the last row that was copied in this stage; empty = none. */
  readonly after: readonly number[];
  /** Rows copied in this stage. */
  readonly rows: number;
  readonly done: boolean;
}

/**
 * Looks at the database to copy to before `from` is read, which takes long.
 * @throws `conflict` when it holds neither a copy nor nothing
 */
export async function assertTarget(db: Kysely<Schema>): Promise<void> {
  const note = await readSetting<CopyNote>(db, noteKey);
  if (note === null) await assertEmpty(db);
  else if (!note.done) await assertUnused(db);
}

/**
 * Where to go on: the note of an earlier run of this copy, or a new one in a database that is empty.
 * @throws `conflict` when the database holds something else
 */
export async function beginCopy(db: Kysely<Schema>, owner: Ownership, source: string): Promise<CopyNote> {
  await assertTarget(db);
  const note = await readSetting<CopyNote>(db, noteKey);
  if (note?.source === source) return note;
  if (note?.done) throw inUse('a finished copy of an earlier state, which it may have outgrown');
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
const contentTables = [
  'anomaly',
  'detector_state',
  'chunk',
  'journal',
  'layout',
  'series',
  'host',
  'audit',
  'forecast',
  'forecast_track',
  'setting',
] as const;

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
