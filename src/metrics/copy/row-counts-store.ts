import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../storage/schema.ts';
import { noteKey, type Stage } from './copy-note-store.ts';

export interface RowCounts {
  readonly hosts: number;
  readonly series: number;
  readonly totals: Readonly<Record<Stage, number>>;
}

const none = {
  hosts: 0,
  series: 0,
  journal: 0,
  audit: 0,
  forecast_track: 0,
  forecast: 0,
  anomaly: 0,
  detector_state: 0,
  setting: 0,
};

/** How many rows there are to copy. */
export async function countRows(db: Kysely<Schema>, signal: AbortSignal): Promise<RowCounts> {
  const { rows } = await sql<Omit<RowCounts, 'totals'> & Record<Exclude<Stage, 'chunk'>, number>>`
    select
      (select count(*) from host) as hosts,
      (select count(*) from series) as series,
      (select count(*) from journal) as journal,
      (select count(*) from audit) as audit,
      (select count(*) from forecast_track) as forecast_track,
      (select count(*) from forecast) as forecast,
      (select count(*) from anomaly) as anomaly,
      (select count(*) from detector_state) as detector_state,
      (select count(*) from setting where key <> ${noteKey}) as setting`.execute(db);
  const { hosts = 0, series = 0, ...totals } = rows[0] ?? none;
  return { hosts, series, totals: { chunk: await countChunks(db, signal), ...totals } };
}

const pageChunks = 50_000;

/** In pages: one statement over tens of gigabytes would outlast the time that a statement has. */
async function countChunks(db: Kysely<Schema>, signal: AbortSignal): Promise<number> {
  for (let [count, last] = [0, -1]; ; ) {
    signal.throwIfAborted();
    const page = await sql<{ rows: number; last: number | null }>`
      select count(*) as rows, max(id) as last
      from (select id from chunk where id > ${last} order by id limit ${pageChunks}) as page`.execute(db);
    const [found] = page.rows;
    if (found === undefined || found.last === null) return count;
    [count, last] = [count + found.rows, found.last];
  }
}
