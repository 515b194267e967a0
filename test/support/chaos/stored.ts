import { type Kysely, sql } from 'kysely';
import { chunkHour, chunkSeries, hourMs } from '../../../src/metrics/chunk-key.ts';
import { decodeIds, decodeValues } from '../../../src/metrics/journal-codec.ts';
import { createMetricStore } from '../../../src/metrics/metric-store.ts';
import { decodeChunk } from '../../../src/metrics/series-codec.ts';
import type { Database } from '../../../src/storage/database.ts';
import type { ChunkTable, Schema } from '../../../src/storage/schema.ts';
import type { Ledger } from './ledger.ts';
import { host, seriesOfMetric, valueAt } from './workload.ts';

/** What was found in a store beside what should be there. Numbers of samples. */
export interface Found {
  /** Read through the store. */
  readonly read: number;
  /** Acknowledged and not there. */
  readonly lost: number;
  /** In the journal and in a chunk, or twice in an answer. */
  readonly doubled: number;
  /** With a value that nobody wrote, or at a time when nobody did. */
  readonly wrong: number;
  /** What contradicts itself in the tables, in words. */
  readonly contradictions: readonly string[];
}

/**
 * Reads all of a store, through its interface and as its tables are.
 * @param fromMs what is older is not looked for, and may be there or not.
 */
export async function examine(database: Database, ledger: Ledger, fromMs = 0): Promise<Found> {
  const { read, lost, wrong, twice } = await readAll(database, ledger, fromMs);
  const { samples, doubled, contradictions } = await readTables(database, fromMs);
  if (samples - doubled !== read)
    contradictions.push(`the tables hold ${samples - doubled} samples, but ${read} can be read`);
  return { read, lost, doubled: doubled + twice, wrong, contradictions };
}

const seriesAtOnce = 100;

async function readAll(database: Database, ledger: Ledger, fromMs: number) {
  const store = createMetricStore(database);
  const counts = { read: 0, wrong: 0, twice: 0, lost: ledger.acknowledged(fromMs) };
  const all = await store.series({ host });
  counts.twice += all.length - new Set(all.map(({ metric }) => metric)).size;
  for (let at = 0; at < all.length; at += seriesAtOnce) {
    const some = all.slice(at, at + seriesAtOnce);
    const request = { host, seriesIds: some.map(({ id }) => id), fromMs, toMs: Number.POSITIVE_INFINITY };
    const read = await store.read(request);
    for (const { id, metric } of some) {
      const series = seriesOfMetric(metric);
      let previousMs = -1;
      const samples = read.get(id);
      samples?.timesMs.forEach((timeMs, i) => {
        counts.read += 1;
        if (timeMs <= previousMs) counts.twice += 1;
        previousMs = timeMs;
        const state = ledger.stateOf(series, timeMs);
        if (state === undefined || samples.values[i] !== valueAt(series, timeMs)) counts.wrong += 1;
        else if (state === 'acknowledged') counts.lost -= 1;
      });
    }
  }
  return counts;
}

async function readTables(database: Database, fromMs: number) {
  const { db } = database;
  const contradictions: string[] = [];
  const series = new Map((await db.selectFrom('series').selectAll().execute()).map((row) => [row.id, row]));
  const inJournal = await readJournal(db, series, contradictions);
  let samples = 0;
  let doubled = 0;
  for (const times of inJournal.values()) for (const timeMs of times) if (timeMs >= fromMs) samples += 1;
  const withChunks = new Set<number>();
  for await (const row of chunksOf(db)) {
    const id = chunkSeries(row.id);
    withChunks.add(id);
    const { timesMs, values } = decodeChunk(row.data, row.n, chunkHour(row.id) * hourMs);
    const [firstMs, lastMs] = [timesMs[0] ?? Number.NaN, timesMs.at(-1) ?? Number.NaN];
    const span = series.get(id);
    if (span === undefined) contradictions.push(`a chunk belongs to series ${id}, which there is none of`);
    else if (!(Number(span.first_ms ?? Number.NaN) <= firstMs && Number(span.last_ms ?? Number.NaN) >= lastMs))
      contradictions.push(`series ${id} does not reach as far as its chunk of ${new Date(firstMs).toISOString()}`);
    const sum = values.reduce((total, value) => total + value, 0);
    const summary = [row.n, row.min, row.max, row.sum, row.first, row.last];
    const counted = [timesMs.length, Math.min(...values), Math.max(...values), sum, values[0], values.at(-1)];
    if (summary.some((value, i) => value !== counted[i]))
      contradictions.push(`chunk ${row.id} does not hold what it says`);
    for (const timeMs of timesMs) {
      if (timeMs < fromMs) continue;
      samples += 1;
      if (inJournal.get(id)?.has(timeMs)) doubled += 1;
    }
  }
  for (const [id, { last_ms }] of series)
    if (last_ms !== null && !withChunks.has(id)) contradictions.push(`series ${id} says it has chunks, and has none`);
  if (database.kind === 'sqlite') contradictions.push(...(await integrityOf(db)));
  return { samples, doubled, contradictions };
}

const chunksAtOnce = 2_000;

async function* chunksOf(db: Kysely<Schema>): AsyncGenerator<ChunkTable> {
  for (let after = -1; ; ) {
    const page = db.selectFrom('chunk').selectAll().where('id', '>', after).orderBy('id').limit(chunksAtOnce);
    const rows = await page.execute();
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/** Times of the journal's samples by series. */
async function readJournal(
  db: Kysely<Schema>,
  series: ReadonlyMap<number, unknown>,
  contradictions: string[],
): Promise<Map<number, Set<number>>> {
  const layouts = new Map(
    (await db.selectFrom('layout').selectAll().execute()).map((row) => [
      row.id,
      { ...row, ids: decodeIds(row.series_ids) },
    ]),
  );
  for (const { id, ids } of layouts.values())
    if (ids.some((one) => !series.has(one))) contradictions.push(`layout ${id} has a series that there is none of`);
  const times = new Map<number, Set<number>>();
  for (const row of await db.selectFrom('journal').selectAll().execute()) {
    const layout = layouts.get(row.layout_id);
    if (layout === undefined || layout.first_ms > row.time_ms || layout.last_ms < row.time_ms) {
      contradictions.push(`the reading of ${new Date(row.time_ms).toISOString()} is outside of its layout`);
      continue;
    }
    const values = decodeValues(row.vals);
    layout.ids.forEach((id, i) => {
      if (!Number.isFinite(values[i])) return;
      const known = times.get(id) ?? new Set();
      times.set(id, known.add(row.time_ms));
    });
  }
  return times;
}

async function integrityOf(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
  return rows.map(({ integrity_check }) => integrity_check).filter((said) => said !== 'ok');
}
