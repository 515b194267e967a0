import { type Kysely, sql } from 'kysely';
import type { Database } from '../../storage/database.ts';
import type { Schema } from '../../storage/schema.ts';
import { chunkHour, chunkKey, chunkSeries } from '../chunk-key.ts';
import { anomalyPages, insertAnomalies, stateRows } from './anomaly-rows-store.ts';
import { noteKey, type Stage } from './copy-note-store.ts';
import { type Ids, mapped } from './identity-store.ts';
import { pagesById } from './pages-store.ts';

export interface CopyParts {
  readonly from: Database;
  /** The transaction in which `from` is read. */
  readonly snapshot: Kysely<Schema>;
  readonly to: Database;
  readonly ids: Ids;
}

/** What one transaction copies. */
export interface Batch {
  readonly rows: number;
  /** The key of its last row in the source. */
  readonly after: readonly number[];
  write(target: Kysely<Schema>): Promise<void>;
}

/** In the order in which they are copied. */
export const stages: Readonly<
  Record<Stage, (parts: CopyParts, after: readonly number[]) => AsyncGenerator<Batch, void>>
> = {
  chunk: chunkBatches,
  journal: journalBatches,
  audit: auditBatches,
  forecast_track: trackBatches,
  forecast: forecastBatches,
  anomaly: anomalyBatches,
  detector_state: stateBatches,
  setting: settingBatches,
};

const batchRows = 500;
/** A reading has the values of all series of its host. */
const batchReadings = 200;

async function* chunkBatches({ snapshot, to, ids }: CopyParts, [last]: readonly number[]): AsyncGenerator<Batch> {
  for await (const page of pagesById(snapshot, 'chunk', last)) {
    const rows = page.map((row) => ({
      ...row,
      id: chunkKey(chunkHour(row.id), mapped(ids.series, chunkSeries(row.id), 'series')),
    }));
    yield { ...placeOf(page), write: (target) => to.bulkInsert(target, 'chunk', rows) };
  }
}

function placeOf(page: readonly { readonly id: number }[]): Pick<Batch, 'rows' | 'after'> {
  return { rows: page.length, after: [page.at(-1)?.id ?? -1] };
}

async function* journalBatches(
  { from, snapshot, to, ids }: CopyParts,
  [lastHost = -1, lastMs = -1]: readonly number[],
): AsyncGenerator<Batch> {
  for (const [hostId, host] of [...ids.hosts].filter(([id]) => id >= lastHost)) {
    for (let after = hostId === lastHost ? lastMs : -1; ; ) {
      const query = sql`
        select time_ms, layout_id, vals from journal where host_id = ${hostId} and time_ms > ${after}
        order by time_ms limit ${batchReadings}`;
      const { first, second, offsets, bytes } = await from.scan(query.compile(snapshot), snapshot);
      if (first.length === 0) break;
      after = first.at(-1) as number;
      const rows = Array.from(first, (timeMs, i) => ({
        host_id: host,
        time_ms: timeMs,
        layout_id: mapped(ids.layouts, second[i] as number, 'layout'),
        vals: bytes.subarray(offsets[i], offsets[i + 1]),
      }));
      yield {
        rows: rows.length,
        after: [hostId, after],
        write: (target) => to.bulkInsert(target, 'journal', rows),
      };
    }
  }
}

async function* auditBatches({ snapshot }: CopyParts, [last]: readonly number[]): AsyncGenerator<Batch> {
  for await (const page of pagesById(snapshot, 'audit', last)) {
    const rows = page.map(({ id, ...row }) => row);
    yield {
      ...placeOf(page),
      write: async (target) => void (await target.insertInto('audit').values(rows).execute()),
    };
  }
}

/** In pages by place: their keys are no numbers. Nothing changes in the snapshot. */
async function* trackBatches({ snapshot }: CopyParts, [copied = 0]: readonly number[]): AsyncGenerator<Batch> {
  for (let offset = copied; ; ) {
    const rows = await snapshot
      .selectFrom('forecast_track')
      .selectAll()
      .orderBy('key')
      .limit(batchRows)
      .offset(offset)
      .execute();
    if (rows.length === 0) return;
    offset += rows.length;
    yield {
      rows: rows.length,
      after: [offset],
      write: async (target) => void (await target.insertInto('forecast_track').values(rows).execute()),
    };
  }
}

async function* forecastBatches({ snapshot }: CopyParts, [last]: readonly number[]): AsyncGenerator<Batch> {
  for await (const page of pagesById(snapshot, 'forecast', last)) {
    const rows = page.map(({ id, ...row }) => row);
    yield {
      ...placeOf(page),
      write: async (target) => void (await target.insertInto('forecast').values(rows).execute()),
    };
  }
}

async function* anomalyBatches({ snapshot, ids }: CopyParts, [last]: readonly number[]): AsyncGenerator<Batch> {
  for await (const page of anomalyPages(snapshot, last)) {
    const rows = page.map((row) => ({ ...row, host_id: mapped(ids.hosts, row.host_id, 'host') }));
    yield { ...placeOf(page), write: (target) => insertAnomalies(target, rows) };
  }
}

async function* stateBatches({ snapshot, ids }: CopyParts, after: readonly number[]): AsyncGenerator<Batch> {
  for await (const row of stateRows(snapshot, after)) {
    const copy = { ...row, host_id: mapped(ids.hosts, row.host_id, 'host') };
    yield {
      rows: 1,
      after: [row.host_id, row.piece],
      write: async (target) => void (await target.insertInto('detector_state').values(copy).execute()),
    };
  }
}

/** There are few: all at once, or none when that was done. */
async function* settingBatches({ snapshot }: CopyParts, [done]: readonly number[]): AsyncGenerator<Batch> {
  if (done !== undefined) return;
  const rows = await snapshot.selectFrom('setting').selectAll().where('key', '<>', noteKey).execute();
  if (rows.length === 0) return;
  yield {
    rows: rows.length,
    after: [rows.length],
    write: async (target) => void (await target.insertInto('setting').values(rows).execute()),
  };
}
