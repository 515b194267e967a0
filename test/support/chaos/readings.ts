import type { Database } from '../../../src/storage/database.ts';

/** The readings of the journal, by time: their values as text. */
export async function readingsOf({ db }: Database): Promise<Map<number, string>> {
  const rows = await db.selectFrom('journal').select(['time_ms', 'vals']).orderBy('time_ms').execute();
  return new Map(rows.map(({ time_ms, vals }) => [time_ms, Buffer.from(vals).toString('base64')]));
}

/** The time of the newest one; 0 when there is none. */
export async function newestOf({ db }: Database): Promise<number> {
  const row = await db
    .selectFrom('journal')
    .select(({ fn }) => fn.max('time_ms').as('newest'))
    .executeTakeFirst();
  return row?.newest ?? 0;
}

export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What lies between each two times. */
export function gapsOf(timesMs: readonly number[]): Gap[] {
  return timesMs.slice(1).map((toMs, i) => ({ fromMs: timesMs[i] ?? toMs, toMs }));
}
