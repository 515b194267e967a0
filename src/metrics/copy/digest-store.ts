import { crc32 } from 'node:zlib';
import { type Kysely, sql } from 'kysely';
import { OpenManagerError } from '../../core/errors.ts';
import { safeName } from '../../core/text.ts';
import type { Database } from '../../storage/database.ts';
import type { Schema } from '../../storage/schema.ts';
import { chunkHour, chunkSeries } from '../chunk-key.ts';
import { decodeIds } from '../journal-codec.ts';
import { readSeriesName } from '../series-name-store.ts';
import { anomalyPages, stateRows } from './anomaly-rows-store.ts';
import { noteKey } from './copy-note-store.ts';
import { add, type Difference, type Digest, difference, type Sums, summing } from './digest.ts';
import { pagesById } from './pages-store.ts';

export interface DigestParts {
  readonly database: Database;
  /** What to read it through. */
  readonly on: Kysely<Schema>;
  readonly signal: AbortSignal;
  readonly onRows: (count: number) => void;
  /** Is called with each chunk. */
  readonly onChunk?: (key: number, n: number, data: Uint8Array) => void;
}

const pageRows = 500;
const pageReadings = 200;

/** Reads everything in pages. */
export async function digestOf(parts: DigestParts): Promise<Digest> {
  const series = new Map<number, Sums>();
  await addChunks(parts, series);
  const marks = await addSeries(parts, series);
  return { series, hosts: await digestReadings(parts, marks), tables: await digestTables(parts) };
}

/** @throws `storage_corrupt`, which names the first series, host or table that differs */
export async function assertSame(copy: Kysely<Schema>, expected: Digest, actual: Digest): Promise<void> {
  const series = difference(expected.series, actual.series);
  if (series !== undefined) throw differs(await nameOfSeries(copy, series.id), series);
  const host = difference(expected.hosts, actual.hosts);
  if (host !== undefined) throw differs(`the readings of ${await nameOfHost(copy, host.id)}`, host);
  const table = difference(expected.tables, actual.tables);
  if (table !== undefined) throw differs(`the table "${table.id}"`, table);
}

async function addChunks({ on, signal, onRows, onChunk }: DigestParts, digest: Map<number, Sums>): Promise<void> {
  const sumsOf = summing(digest);
  for await (const rows of pagesById(on, 'chunk')) {
    signal.throwIfAborted();
    for (const { id, n, min, max, sum, first, last, data } of rows) {
      const sums = sumsOf(chunkSeries(id));
      add(sums, n, [chunkHour(id), n, min, max, sum, first, last], data);
      sums.min = Math.min(sums.min, min);
      sums.max = Math.max(sums.max, max);
      onChunk?.(id, n, data);
    }
    onRows(rows.length);
  }
}

/** A number for each series or layout, by its id: the same for the same one in another database. */
type Marks = ReadonlyMap<number, number>;

async function addSeries({ on, signal }: DigestParts, digest: Map<number, Sums>): Promise<Marks> {
  const sumsOf = summing(digest);
  const marks = new Map<number, number>();
  for (let after = -1; ; ) {
    signal.throwIfAborted();
    const rows = await on
      .selectFrom('series')
      .innerJoin('host', 'host.id', 'series.host_id')
      .select(['series.id', 'name', 'metric', 'labels', 'unit', 'first_ms', 'last_ms'])
      .where('series.id', '>', after)
      .orderBy('series.id')
      .limit(pageRows)
      .execute();
    if (rows.length === 0) return marks;
    after = rows.at(-1)?.id as number;
    for (const { id, first_ms, last_ms, ...names } of rows) {
      const text = textOf(names);
      marks.set(id, crc32(text));
      add(sumsOf(id), 0, [first_ms ?? Number.NaN, last_ms ?? Number.NaN], text);
    }
  }
}

async function digestReadings(parts: DigestParts, series: Marks): Promise<Map<number, Sums>> {
  const { database, on, signal, onRows } = parts;
  const digest = new Map<number, Sums>();
  for (const { id, name } of await on.selectFrom('host').selectAll().orderBy('id').execute()) {
    const sums = summing(digest)(id);
    add(sums, 0, [], name);
    const layouts = await layoutMarks(on, id, series);
    for (let after = -1; ; ) {
      signal.throwIfAborted();
      const query = sql`
        select time_ms, layout_id, vals from journal where host_id = ${id} and time_ms > ${after}
        order by time_ms limit ${pageReadings}`;
      const { first, second, offsets, bytes } = await database.scan(query.compile(on), on);
      if (first.length === 0) break;
      after = first.at(-1) as number;
      first.forEach((timeMs, i) => {
        const layout = layouts.get(second[i] as number) ?? Number.NaN;
        add(sums, 1, [timeMs, layout], bytes.subarray(offsets[i], offsets[i + 1]));
      });
      onRows(first.length);
    }
  }
  return digest;
}

async function layoutMarks(on: Kysely<Schema>, hostId: number, series: Marks): Promise<Marks> {
  const layouts = await on.selectFrom('layout').select(['id', 'series_ids']).where('host_id', '=', hostId).execute();
  return new Map(
    layouts.map(({ id, series_ids }) => {
      const marks = Uint32Array.from(decodeIds(series_ids), (seriesId) => series.get(seriesId) ?? 0);
      return [id, crc32(new Uint8Array(marks.buffer))];
    }),
  );
}

async function digestTables({ on, signal, onRows }: DigestParts): Promise<Map<string, Sums>> {
  const digest = new Map<string, Sums>();
  const audit = summing(digest)('audit');
  for await (const rows of pagesById(on, 'audit')) {
    signal.throwIfAborted();
    for (const { id, ...row } of rows) add(audit, 1, [], textOf(row));
    onRows(rows.length);
  }
  await addForecasts({ on, signal, onRows }, digest);
  await addAnomalies({ on, signal, onRows }, digest);
  const settings = await on.selectFrom('setting').selectAll().where('key', '<>', noteKey).execute();
  const setting = summing(digest)('setting');
  for (const text of settings.map(textOf).sort()) add(setting, 1, [], text);
  onRows(settings.length);
  return digest;
}

async function addForecasts(
  { on, signal, onRows }: Pick<DigestParts, 'on' | 'signal' | 'onRows'>,
  digest: Map<string, Sums>,
): Promise<void> {
  const tracks = await on.selectFrom('forecast_track').selectAll().execute();
  // Sorted here: databases order text each in its own way.
  for (const text of tracks.map(textOf).sort()) add(summing(digest)('forecast_track'), 1, [], text);
  onRows(tracks.length);
  const forecasts = summing(digest)('forecast');
  for await (const rows of pagesById(on, 'forecast')) {
    signal.throwIfAborted();
    for (const { id, predictions, ...row } of rows)
      add(
        forecasts,
        1,
        [],
        textOf({ ...row, predictions: predictions && Buffer.from(predictions).toString('base64') }),
      );
    onRows(rows.length);
  }
}

async function addAnomalies(
  { on, signal, onRows }: Pick<DigestParts, 'on' | 'signal' | 'onRows'>,
  digest: Map<string, Sums>,
): Promise<void> {
  const names = new Map((await on.selectFrom('host').selectAll().execute()).map(({ id, name }) => [id, name]));
  const anomalies = summing(digest)('anomaly');
  for await (const rows of anomalyPages(on)) {
    signal.throwIfAborted();
    for (const { id, host_id, ...row } of rows) add(anomalies, 1, [], textOf({ ...row, host: names.get(host_id) }));
    onRows(rows.length);
  }
  const states = summing(digest)('detector_state');
  for await (const { host_id, data, ...row } of stateRows(on, [])) {
    signal.throwIfAborted();
    add(states, 1, [], textOf({ ...row, host: names.get(host_id), data: Buffer.from(data).toString('base64') }));
    onRows(1);
  }
}

/** The same text for the same row, in whatever order its columns came. */
function textOf(row: object): string {
  return JSON.stringify(Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1)));
}

async function nameOfSeries(db: Kysely<Schema>, id: number): Promise<string> {
  const found = await readSeriesName(db, id);
  return found === undefined ? `series ${id}` : `${found.series} of ${safeName(found.host)}`;
}

async function nameOfHost(db: Kysely<Schema>, id: number): Promise<string> {
  const found = await db.selectFrom('host').select('name').where('id', '=', id).executeTakeFirst();
  return found === undefined ? `host ${id}` : safeName(found.name);
}

function differs(what: string, { expected, actual }: Difference<unknown>): OpenManagerError {
  const shown = (sums: Sums | undefined) =>
    sums === undefined
      ? 'nothing'
      : `rows: ${sums.rows}, samples: ${sums.samples}, check sum ${sums.check.toString(16)}`;
  return new OpenManagerError(
    'storage_corrupt',
    `The copy differs in ${what}: ${shown(actual)} instead of ${shown(expected)}. Empty the database and copy again.`,
  );
}
