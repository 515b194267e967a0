import { crc32 } from 'node:zlib';
import { type Kysely, sql } from 'kysely';
import { OpenManagerError } from '../../core/errors.ts';
import { seriesName } from '../../core/series.ts';
import { safeName } from '../../core/text.ts';
import type { Database } from '../../storage/database.ts';
import type { Schema } from '../../storage/schema.ts';
import { chunkHour, chunkSeries } from '../chunk-key.ts';
import { noteKey } from './copy-note-store.ts';
import { type Ids, mapped } from './identity-store.ts';

/** What the rows of one series, host or table add up to. */
interface Sums {
  rows: number;
  samples: number;
  /** Of all their values in order, CRC-32. */
  check: number;
  min: number;
  max: number;
}

/** By series id, host id and table of the copy. */
export interface Digest {
  readonly series: ReadonlyMap<number, Sums>;
  readonly hosts: ReadonlyMap<number, Sums>;
  readonly tables: ReadonlyMap<string, Sums>;
}

export interface DigestParts {
  readonly database: Database;
  /** What to read it through. */
  readonly on: Kysely<Schema>;
  /** Of the source; undefined for the copy, whose ids are what they are. */
  readonly ids: Ids | undefined;
  readonly signal: AbortSignal;
  readonly onRows: (count: number) => void;
}

const pageRows = 500;
const pageReadings = 200;

/** Reads everything in pages. */
export async function digestOf(parts: DigestParts): Promise<Digest> {
  return { series: await digestSeries(parts), hosts: await digestReadings(parts), tables: await digestTables(parts) };
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

async function digestSeries({ on, ids, signal, onRows }: DigestParts): Promise<Map<number, Sums>> {
  const digest = new Map<number, Sums>();
  const sumsOf = summing(digest);
  const idOf = (id: number) => (ids === undefined ? id : mapped(ids.series, id, 'series'));
  for (let after = -1; ; ) {
    signal.throwIfAborted();
    const rows = await on
      .selectFrom('chunk')
      .selectAll()
      .where('id', '>', after)
      .orderBy('id')
      .limit(pageRows)
      .execute();
    if (rows.length === 0) break;
    after = rows.at(-1)?.id as number;
    for (const { id, n, min, max, sum, first, last, data } of rows) {
      const sums = sumsOf(idOf(chunkSeries(id)));
      add(sums, n, [chunkHour(id), n, min, max, sum, first, last], data);
      sums.min = Math.min(sums.min, min);
      sums.max = Math.max(sums.max, max);
    }
    onRows(rows.length);
  }
  for (const { id, first_ms, last_ms } of await on.selectFrom('series').select(['id', 'first_ms', 'last_ms']).execute())
    add(sumsOf(idOf(id)), 0, [first_ms ?? Number.NaN, last_ms ?? Number.NaN]);
  return digest;
}

async function digestReadings({ database, on, ids, signal, onRows }: DigestParts): Promise<Map<number, Sums>> {
  const digest = new Map<number, Sums>();
  for (const { id } of await on.selectFrom('host').select('id').execute()) {
    const sums = summing(digest)(ids === undefined ? id : mapped(ids.hosts, id, 'host'));
    for (let after = -1; ; ) {
      signal.throwIfAborted();
      const query = sql`
        select time_ms, layout_id, vals from journal where host_id = ${id} and time_ms > ${after}
        order by time_ms limit ${pageReadings}`;
      const { first, second, offsets, bytes } = await database.scan(query.compile(on), on);
      if (first.length === 0) break;
      after = first.at(-1) as number;
      first.forEach((timeMs, i) => {
        const layout = ids === undefined ? second[i] : mapped(ids.layouts, second[i] as number, 'layout');
        add(sums, 1, [timeMs, layout as number], bytes.subarray(offsets[i], offsets[i + 1]));
      });
      onRows(first.length);
    }
  }
  return digest;
}

async function digestTables({ on, signal, onRows }: DigestParts): Promise<Map<string, Sums>> {
  const digest = new Map<string, Sums>();
  const audit = summing(digest)('audit');
  for (let after = -1; ; ) {
    signal.throwIfAborted();
    const rows = await on
      .selectFrom('audit')
      .selectAll()
      .where('id', '>', after)
      .orderBy('id')
      .limit(pageRows)
      .execute();
    if (rows.length === 0) break;
    after = rows.at(-1)?.id as number;
    for (const { id, ...row } of rows) add(audit, 1, [], textOf(row));
    onRows(rows.length);
  }
  const settings = await on.selectFrom('setting').selectAll().where('key', '<>', noteKey).execute();
  const setting = summing(digest)('setting');
  for (const text of settings.map(textOf).sort()) add(setting, 1, [], text);
  onRows(settings.length);
  return digest;
}

/** The same text for the same row, in whatever order its columns came. */
function textOf(row: object): string {
  return JSON.stringify(Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function summing<K>(digest: Map<K, Sums>): (key: K) => Sums {
  return (key) => {
    const known = digest.get(key);
    if (known) return known;
    const made = { rows: 0, samples: 0, check: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
    digest.set(key, made);
    return made;
  };
}

function add(sums: Sums, samples: number, numbers: readonly number[], rest: Uint8Array | string = ''): void {
  sums.rows += 1;
  sums.samples += samples;
  // A database may make 0 of -0.
  const bytes = new Uint8Array(Float64Array.from(numbers, (number) => number + 0).buffer);
  sums.check = crc32(rest, crc32(bytes, sums.check));
}

interface Difference<K> {
  readonly id: K;
  readonly expected: Sums | undefined;
  readonly actual: Sums | undefined;
}

function difference<K>(expected: ReadonlyMap<K, Sums>, actual: ReadonlyMap<K, Sums>): Difference<K> | undefined {
  const id = [...new Set([...expected.keys(), ...actual.keys()])].find(
    (key) => JSON.stringify(expected.get(key)) !== JSON.stringify(actual.get(key)),
  );
  return id === undefined ? undefined : { id, expected: expected.get(id), actual: actual.get(id) };
}

async function nameOfSeries(db: Kysely<Schema>, id: number): Promise<string> {
  const found = await db
    .selectFrom('series')
    .innerJoin('host', 'host.id', 'series.host_id')
    .select(['name', 'metric', 'labels'])
    .where('series.id', '=', id)
    .executeTakeFirst();
  if (found === undefined) return `series ${id}`;
  return `${seriesName(found.metric, JSON.parse(found.labels) as Record<string, string>)} of ${safeName(found.name)}`;
}

async function nameOfHost(db: Kysely<Schema>, id: number): Promise<string> {
  const found = await db.selectFrom('host').select('name').where('id', '=', id).executeTakeFirst();
  return found === undefined ? `host ${id}` : safeName(found.name);
}

function differs(what: string, { expected, actual }: Difference<unknown>): OpenManagerError {
  const shown = (sums: Sums | undefined) =>
    sums === undefined ? 'nothing' : `${sums.rows} rows, ${sums.samples} samples, check sum ${sums.check.toString(16)}`;
  return new OpenManagerError(
    'storage_corrupt',
    `The copy differs in ${what}: ${shown(actual)} instead of ${shown(expected)}. Empty the database and copy again.`,
  );
}
