import { setImmediate } from 'node:timers/promises';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { formatTime } from '../core/time.ts';
import type { Database, DatabaseKind } from '../storage/database.ts';
import type { ChunkTable, Schema } from '../storage/schema.ts';
import { chunkHour, chunkKey, chunkSeries, hourMs } from './chunk-key.ts';
import type { Samples } from './samples.ts';
import { decodeChunk, encodeChunk } from './series-codec.ts';

/** What is known of a chunk without decoding it. */
export type ChunkSummary = Omit<ChunkTable, 'data'>;

/** Chunks read at once: little enough that decoding them is not noticed, and that others get their turn. */
const pageKeys = 256;
/** Samples encoded before others get their turn on this thread: some 2 ms. */
const samplesEncoded = 10_000;

/** A chunk that is stored and cannot be read. */
export interface DamagedChunk {
  readonly seriesId: number;
  /** Since the epoch. */
  readonly hour: number;
}

export interface ReadChunksOptions {
  /** The transaction to read in. */
  readonly on?: Kysely<Schema>;
  /** Is called with each chunk that is left out as it is damaged. */
  readonly onDamaged?: ((chunk: DamagedChunk) => void) | undefined;
}

/**
 * The chunks with these keys, which ascend; in pages, each decoded while nothing waits for the database. A damaged one
 * is told to the log and to `onDamaged` and left out: the rest of the history is not lost with it.
 */
export async function* readChunks(
  database: Database,
  keys: Iterable<number>,
  { on = database.db, onDamaged }: ReadChunksOptions = {},
): AsyncGenerator<readonly [key: number, samples: Samples]> {
  for (const page of pagesOf(keys)) {
    const rows = await database.scan(
      sql`select id, n, data from chunk where id ${oneOf[database.kind](page)} order by id`.compile(on),
      on,
    );
    // An answer of the database's thread may come without a turn for others in between.
    await setImmediate();
    for (let i = 0; i < rows.first.length; i += 1) {
      const key = rows.first[i] as number;
      const data = rows.bytes.subarray(rows.offsets[i], rows.offsets[i + 1]);
      const samples = decoded(database, key, data, rows.second[i] as number);
      if (samples === null) onDamaged?.({ seriesId: chunkSeries(key), hour: chunkHour(key) });
      else yield [key, samples];
    }
  }
}

function decoded({ log }: Database, key: number, data: Uint8Array, n: number): Samples | null {
  try {
    return decodeChunk(data, n, chunkHour(key) * hourMs);
  } catch (error) {
    const hour = formatTime(chunkHour(key) * hourMs);
    log.error('an hour of a series is damaged in the database and left out', { series: chunkSeries(key), hour, error });
    return null;
  }
}

const summaryColumns = ['id', 'n', 'min', 'max', 'sum', 'first', 'last'] as const;

/** Calls `visit` with the summary of each of the chunks with these keys. */
export async function readSummaries(
  database: Database,
  keys: Iterable<number>,
  visit: (summary: ChunkSummary) => void,
): Promise<void> {
  for (const page of pagesOf(keys, 16 * pageKeys)) {
    const numbers = await database.scanNumbers(
      sql`select ${sql.join(summaryColumns.map((name) => sql.ref(name)))} from chunk where id ${oneOf[database.kind](page)}`.compile(
        database.db,
      ),
    );
    for (let at = 0; at < numbers.length; at += summaryColumns.length) {
      const [id, n, min, max, sum, first, last] = numbers.subarray(at, at + summaryColumns.length);
      visit({ id, n, min, max, sum, first, last } as ChunkSummary);
    }
  }
}

/**
 * The hours of [`fromHour`, `toHour`) of which there are chunks, of any series, ascending: a jump through the keys for
 * each, not a look at every row.
 */
export async function storedHours(
  db: Kysely<Schema>,
  fromHour = 0,
  toHour = chunkHour(Number.MAX_SAFE_INTEGER),
): Promise<number[]> {
  const perHour = sql.lit(chunkKey(1, 0));
  const end = sql.lit(chunkKey(toHour, 0));
  const { rows } = await sql<{ hour: number }>`
    with recursive stored(hour) as (
      select min(id) / ${perHour} from chunk where id >= ${sql.lit(chunkKey(fromHour, 0))} and id < ${end}
      union all
      select (select min(id) from chunk where id >= (stored.hour + 1) * ${perHour} and id < ${end}) / ${perHour}
      from stored where stored.hour is not null
    ) select hour from stored where hour is not null`.execute(db);
  return rows.map(({ hour }) => hour);
}

/** Stores chunks, in the place of what had their keys, damaged or not. Within a transaction that has locked their hosts. */
export async function writeChunks(
  database: Database,
  transaction: Kysely<Schema>,
  chunks: readonly (readonly [key: number, samples: Samples])[],
): Promise<void> {
  for (const page of pagesOf(chunks.map(([key]) => key)))
    await sql`delete from chunk where id ${oneOf[database.kind](page)}`.execute(transaction);
  let rows: ChunkTable[] = [];
  let encoded = 0;
  for (const [key, samples] of chunks) {
    rows.push(chunkRow(key, samples));
    encoded += samples.values.length;
    if (encoded < samplesEncoded && rows.length < pageKeys) continue;
    await database.bulkInsert(transaction, 'chunk', rows);
    [rows, encoded] = [[], 0];
    await setImmediate();
  }
  await database.bulkInsert(transaction, 'chunk', rows);
}

function chunkRow(key: number, samples: Samples): ChunkTable {
  const { values } = samples;
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return {
    id: key,
    n: values.length,
    min,
    max,
    sum,
    first: values[0] as number,
    last: values.at(-1) as number,
    data: encodeChunk(samples, chunkHour(key) * hourMs),
  };
}

function* pagesOf(keys: Iterable<number>, size = pageKeys): Generator<readonly number[]> {
  let page: number[] = [];
  for (const key of keys) {
    page.push(key);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** A condition that many numbers meet, in one parameter. */
export const oneOf = {
  sqlite: (keys) => sql`in (select value from json_each(${JSON.stringify(keys)}))`,
  postgres: (keys) => sql`= any(${keys}::bigint[])`,
} as const satisfies Record<DatabaseKind, (keys: readonly number[]) => RawBuilder<unknown>>;
