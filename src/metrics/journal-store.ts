import { type Kysely, sql } from 'kysely';
import { OpenManagerError } from '../core/errors.ts';
import type { Database, PackedRows } from '../storage/database.ts';
import type { Schema } from '../storage/schema.ts';
import { decodeIds, decodeValues } from './journal-codec.ts';
import type { Samples } from './resample.ts';
import type { SamplesRequest } from './stored-series.ts';

/** Where the wanted series lie in the rows of each layout. */
interface Columns {
  /** Values before the first wanted one, in any layout. */
  readonly start: number;
  /** Values from there to the last wanted one. */
  readonly size: number;
  /** By layout: series ids and their positions, counted from `start`. */
  readonly layouts: ReadonlyMap<number, readonly (readonly [id: number, position: number])[]>;
}

const noSamples: Samples = { timesMs: new Float64Array(0), values: new Float64Array(0) };

/** What one scan returns at most: little enough that the database thread stays small and others get their turn. */
const pageBytes = 2 ** 20;
const maxPageRows = 5_000;

/** Samples by series id from the journal; see `MetricStore.read`. */
export async function readJournal(database: Database, request: SamplesRequest): Promise<Map<number, Samples>> {
  const { fromMs, toMs, host, seriesIds } = wholeBounds(request);
  const samples = new Map<number, Samples>(seriesIds.map((id) => [id, noSamples]));
  const hostId = await hostIdOf(database.db, host);
  if (hostId === undefined || fromMs >= toMs) return samples;
  const range = { hostId, fromMs, toMs };
  const columns = await findColumns(database.db, range, new Set(seriesIds));
  if (columns.layouts.size === 0) return samples;
  const pages = await scanPages(database, range, columns);
  for (const [id, found] of unpack(pages, columns)) samples.set(id, found);
  return samples;
}

interface Range {
  readonly hostId: number;
  readonly fromMs: number;
  readonly toMs: number;
}

function wholeBounds(request: SamplesRequest): SamplesRequest {
  const { fromMs, toMs } = request;
  if (Number.isNaN(fromMs) || Number.isNaN(toMs))
    throw new OpenManagerError('invalid_argument', 'A time range needs two times in milliseconds since 1970.');
  return { ...request, fromMs: wholeTime(fromMs), toMs: wholeTime(toMs) };
}

function wholeTime(timeMs: number): number {
  return Math.ceil(Math.min(Math.max(timeMs, 0), Number.MAX_SAFE_INTEGER));
}

async function hostIdOf(db: Kysely<Schema>, name: string): Promise<number | undefined> {
  const host = await db.selectFrom('host').select('id').where('name', '=', name).executeTakeFirst();
  return host?.id;
}

async function findColumns(
  db: Kysely<Schema>,
  { hostId, fromMs, toMs }: Range,
  wanted: ReadonlySet<number>,
): Promise<Columns> {
  const layouts = await db
    .selectFrom('layout')
    .select(['id', 'series_ids'])
    .where('host_id', '=', hostId)
    .where('last_ms', '>=', fromMs)
    .where('first_ms', '<', toMs)
    .execute();
  const found = layouts
    .map(({ id, series_ids }) => ({ id, positions: positionsOf(decodeIds(series_ids), wanted) }))
    .filter(({ positions }) => positions.length > 0);
  const start = Math.min(...found.map(({ positions }) => positions[0]?.[1] ?? 0));
  const end = Math.max(...found.map(({ positions }) => positions.at(-1)?.[1] ?? 0));
  const fromStart = found.map(
    ({ id, positions }) =>
      [id, positions.map(([seriesId, position]) => [seriesId, position - start] as const)] as const,
  );
  return { start, size: end - start + 1, layouts: new Map(fromStart) };
}

function positionsOf(seriesIds: Uint32Array, wanted: ReadonlySet<number>): [number, number][] {
  const positions: [number, number][] = [];
  seriesIds.forEach((id, position) => {
    if (wanted.has(id)) positions.push([id, position]);
  });
  return positions;
}

async function scanPages(database: Database, { hostId, toMs, ...range }: Range, columns: Columns) {
  const pages: PackedRows[] = [];
  let { fromMs } = range;
  let left = maxReadBytes;
  const bytesOfRow = 8 * columns.size;
  const pageRows = Math.max(1, Math.min(maxPageRows, Math.floor(pageBytes / bytesOfRow)));
  for (;;) {
    const page = await database.scan(
      sql`
        select time_ms, layout_id, substr(vals, cast(${8 * columns.start + 1} as integer), cast(${bytesOfRow} as integer))
        from journal where host_id = ${hostId} and time_ms >= ${fromMs} and time_ms < ${toMs}
        order by time_ms limit ${pageRows}`.compile(database.db),
    );
    pages.push(page);
    left -= page.bytes.byteLength;
    if (left < 0) throw new OpenManagerError('invalid_argument', tooMuch);
    if (page.first.length < pageRows) return pages;
    fromMs = (page.first.at(-1) as number) + 1;
  }
}

const maxReadBytes = 128 * 2 ** 20;
const tooMuch = 'Too much data for one read: ask for a shorter range or fewer series.';

interface Growing {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  length: number;
}

function unpack(pages: readonly PackedRows[], columns: Columns): Map<number, Samples> {
  const capacity = pages.reduce((rows, page) => rows + page.first.length, 0);
  const growing = new Map<number, Growing>();
  for (const page of pages) {
    const values = decodeValues(page.bytes);
    page.first.forEach((timeMs, row) => {
      const positions = columns.layouts.get(page.second[row] as number) ?? [];
      const begin = (page.offsets[row] as number) / 8;
      const end = (page.offsets[row + 1] as number) / 8;
      for (const [id, position] of positions) {
        const value = values[begin + position] ?? Number.NaN;
        if (begin + position >= end || Number.isNaN(value)) continue;
        const samples = growing.get(id) ?? grow(growing, id, capacity);
        samples.timesMs[samples.length] = timeMs;
        samples.values[samples.length] = value;
        samples.length += 1;
      }
    });
  }
  return new Map([...growing].map(([id, samples]) => [id, trimmed(samples)]));
}

function grow(growing: Map<number, Growing>, id: number, capacity: number): Growing {
  const samples = { timesMs: new Float64Array(capacity), values: new Float64Array(capacity), length: 0 };
  growing.set(id, samples);
  return samples;
}

function trimmed({ timesMs, values, length }: Growing): Samples {
  if (length === timesMs.length) return { timesMs, values };
  return { timesMs: timesMs.slice(0, length), values: values.slice(0, length) };
}
