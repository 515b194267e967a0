import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { OpenManagerError } from '../core/errors.ts';
import type { Database, PackedRows } from '../storage/database.ts';
import type { Schema } from '../storage/schema.ts';
import { decodeIds, decodeValues } from './journal-codec.ts';
import type { Samples } from './samples.ts';

/** Which rows, of the host with this id; `fromMs` is included, `toMs` is not. */
export interface JournalRange {
  readonly hostId: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where the wanted series lie in the rows of each layout. */
export interface Columns {
  /** Values before the first wanted one, in any layout. */
  readonly start: number;
  /** Values from there to the last wanted one. */
  readonly size: number;
  /** By layout: series ids and their positions, counted from `start`. */
  readonly layouts: ReadonlyMap<number, readonly Column[]>;
}

export interface Column {
  readonly seriesId: number;
  readonly position: number;
}

/** What one scan returns at most: little enough that the database thread stays small and others get their turn. */
const pageBytes = 2 ** 20;
const maxPageRows = 5_000;
const maxReadBytes = 128 * 2 ** 20;

/** Rows of the journal as they lie there, and which series their values belong to. */
export interface JournalRows {
  readonly pages: readonly PackedRows[];
  readonly columns: Columns;
}

/**
 * The rows of a range.
 * @param wanted ids of series, all of the host when left out.
 * @throws `invalid_argument` when the range holds more than 128 MiB.
 */
export async function readRows(
  database: Database,
  range: JournalRange,
  wanted?: ReadonlySet<number>,
  on: Kysely<Schema> = database.db,
): Promise<JournalRows> {
  const columns = await findColumns(on, range, wanted);
  if (columns.layouts.size === 0) return { pages: [], columns };
  return { pages: await scanPages(database, range, columns, on), columns };
}

/** Calls `visit` with each row, oldest first; the columns say where in `values` each series has its value. */
export async function eachRow(
  { pages, columns }: JournalRows,
  visit: (timeMs: number, values: Float64Array, columns: readonly Column[]) => void,
): Promise<void> {
  for (const page of pages) {
    // Others get their turn on this thread.
    await setImmediate();
    const values = decodeValues(page.bytes);
    for (let row = 0; row < page.first.length; row += 1) {
      const begin = (page.offsets[row] as number) / 8;
      const end = (page.offsets[row + 1] as number) / 8;
      const known = columns.layouts.get(page.second[row] as number);
      if (known !== undefined) visit(page.first[row] as number, values.subarray(begin, end), known);
    }
  }
}

async function findColumns(
  db: Kysely<Schema>,
  { hostId, fromMs, toMs }: JournalRange,
  wanted: ReadonlySet<number> | undefined,
): Promise<Columns> {
  const layouts = await db
    .selectFrom('layout')
    .select(['id', 'series_ids'])
    .where('host_id', '=', hostId)
    .where('last_ms', '>=', fromMs)
    .where('first_ms', '<', toMs)
    .execute();
  const found = layouts
    .map(({ id, series_ids }) => ({ id, columns: columnsOf(decodeIds(series_ids), wanted) }))
    .filter(({ columns }) => columns.length > 0);
  const start = Math.min(...found.map(({ columns }) => columns[0]?.position ?? 0));
  const end = Math.max(...found.map(({ columns }) => columns.at(-1)?.position ?? 0));
  const fromStart = found.map(
    ({ id, columns }) =>
      [id, columns.map(({ seriesId, position }) => ({ seriesId, position: position - start }))] as const,
  );
  return { start, size: end - start + 1, layouts: new Map(fromStart) };
}

function columnsOf(seriesIds: Uint32Array, wanted: ReadonlySet<number> | undefined): Column[] {
  const columns: Column[] = [];
  seriesIds.forEach((seriesId, position) => {
    if (wanted === undefined || wanted.has(seriesId)) columns.push({ seriesId, position });
  });
  return columns;
}

async function scanPages(
  database: Database,
  { hostId, toMs, ...range }: JournalRange,
  columns: Columns,
  on: Kysely<Schema>,
): Promise<PackedRows[]> {
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
        order by time_ms limit ${pageRows}`.compile(on),
      on,
    );
    pages.push(page);
    left -= page.bytes.byteLength;
    if (left < 0) throw new OpenManagerError('invalid_argument', tooMuch);
    if (page.first.length < pageRows) return pages;
    fromMs = (page.first.at(-1) as number) + 1;
  }
}

const tooMuch = 'Too much data for one read: ask for a shorter range or fewer series.';

interface Growing {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  length: number;
}

interface Target {
  readonly position: number;
  readonly samples: Growing;
}

/** Samples by series id; a series without any has no entry. */
export async function samplesOf(rows: JournalRows): Promise<Map<number, Samples>> {
  const capacity = rows.pages.reduce((sum, page) => sum + page.first.length, 0);
  const growing = new Map<number, Growing>();
  const targets = new Map<readonly Column[], readonly Target[]>();
  const targetsOf = (columns: readonly Column[]): readonly Target[] => {
    const known = targets.get(columns);
    if (known) return known;
    const made = columns.map(({ seriesId, position }) => {
      const samples = growing.get(seriesId) ?? grow(growing, seriesId, capacity);
      return { position, samples };
    });
    targets.set(columns, made);
    return made;
  };
  await eachRow(rows, (timeMs, values, columns) => addRow(targetsOf(columns), timeMs, values));
  return new Map([...growing].filter(([, { length }]) => length > 0).map(([id, samples]) => [id, trimmed(samples)]));
}

function addRow(targets: readonly Target[], timeMs: number, row: Float64Array): void {
  for (const { position, samples } of targets) {
    const value = row[position] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    samples.timesMs[samples.length] = timeMs;
    samples.values[samples.length] = value;
    samples.length += 1;
  }
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
