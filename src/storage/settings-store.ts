import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** The value that was written last, or null. */
export async function readSetting<T>(db: Kysely<Schema>, key: string): Promise<T | null> {
  const row = await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst();
  return row === undefined ? null : (JSON.parse(row.value) as T);
}

/** @param by who or what changes it. */
export async function writeSetting(
  db: Kysely<Schema>,
  key: string,
  value: unknown,
  { by, nowMs }: { by: string; nowMs: number },
): Promise<void> {
  const row = { value: JSON.stringify(value), changed_by: by, changed_ms: Math.round(nowMs) };
  await db
    .insertInto('setting')
    .values({ key, ...row })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
    .execute();
}
