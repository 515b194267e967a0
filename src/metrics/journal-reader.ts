import { endianness } from 'node:os';
import { type CompiledQuery, type Kysely, sql } from 'kysely';
import { OpenManagerError } from '../core/errors.ts';
import type { Database, PackedRows } from '../storage/database.ts';
import type { Schema } from '../storage/schema.ts';
import { decodeIds } from './journal-codec.ts';
import type { Samples } from './resample.ts';
import type { SamplesRequest } from './stored-series.ts';

/** The part of a layout's rows that holds the wanted series. */
interface Slice {
  readonly layoutId: number;
  /** Values before the part. */
  readonly start: number;
  /** Values in the part. */
  readonly size: number;
  /** Positions within the part, by series id. */
  readonly positions: ReadonlyMap<number, number>;
}

const noSamples: Samples = { timesMs: new Float64Array(0), values: new Float64Array(0) };

/** Above this many layouts rows are read whole: naming each layout's part would cost more than it saves. */
const slicedLayouts = 200;

/** Samples by series id from the journal; see `MetricStore.read`. */
export async function readJournal(database: Database, request: SamplesRequest): Promise<Map<number, Samples>> {
  const { fromMs, toMs, ...wanted } = wholeBounds(request);
  const samples = new Map<number, Samples>(wanted.seriesIds.map((id) => [id, noSamples]));
  const hostId = await hostIdOf(database.db, wanted.host);
  if (hostId === undefined || fromMs >= toMs) return samples;
  const range = { hostId, fromMs, toMs };
  const slices = await findSlices(database.db, range, new Set(wanted.seriesIds));
  if (slices.length === 0) return samples;
  const rows = await database.scan(sliceQuery(database.db, range, slices));
  for (const [id, found] of unpack(rows, slices)) samples.set(id, found);
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

async function findSlices(db: Kysely<Schema>, { hostId, fromMs, toMs }: Range, wanted: Set<number>): Promise<Slice[]> {
  const layouts = await db
    .selectFrom('layout')
    .select(['id', 'series_ids'])
    .where('host_id', '=', hostId)
    .where('last_ms', '>=', fromMs)
    .where('first_ms', '<', toMs)
    .execute();
  const slices: Slice[] = [];
  for (const { id, series_ids } of layouts) {
    const slice = sliceOf(id, decodeIds(series_ids), wanted);
    if (slice) slices.push(slice);
  }
  if (slices.length <= slicedLayouts) return slices;
  return slices.map(({ start, positions, ...slice }) => ({
    ...slice,
    start: 0,
    positions: new Map([...positions].map(([id, position]) => [id, start + position])),
  }));
}

function sliceOf(layoutId: number, seriesIds: Uint32Array, wanted: Set<number>): Slice | undefined {
  const found: [number, number][] = [];
  seriesIds.forEach((id, position) => {
    if (wanted.has(id)) found.push([id, position]);
  });
  const start = found[0]?.[1];
  const end = found.at(-1)?.[1];
  if (start === undefined || end === undefined) return undefined;
  const positions = new Map(found.map(([id, position]) => [id, position - start]));
  return { layoutId, start, size: end - start + 1, positions };
}

function sliceQuery(db: Kysely<Schema>, { hostId, fromMs, toMs }: Range, slices: readonly Slice[]): CompiledQuery {
  const range = sql`host_id = ${hostId} and time_ms >= ${fromMs} and time_ms < ${toMs}`;
  if (slices.length > slicedLayouts)
    return sql`select time_ms, layout_id, vals from journal where ${range} order by time_ms`.compile(db);
  const parts = slices.map(({ layoutId, start, size }) =>
    sql.join([layoutId, 8 * start + 1, 8 * size].map(wholeNumber)),
  );
  // "cross" keeps SQLite at reading the journal in the order of its key, once.
  return sql`
    with slice(id, start, size) as (values ${sql.join(parts.map((part) => sql`(${part})`))})
    select time_ms, layout_id, substr(vals, start, size)
    from journal cross join slice
    where ${range} and slice.id = journal.layout_id
    order by time_ms`.compile(db);
}

function wholeNumber(value: number) {
  return sql`cast(${value} as integer)`;
}

interface Growing {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  length: number;
}

function unpack(rows: PackedRows, slices: readonly Slice[]): Map<number, Samples> {
  const byLayout = new Map(slices.map((slice) => [slice.layoutId, slice]));
  const valuesOf = valueReader(rows.bytes);
  const growing = new Map<number, Growing>();
  for (let row = 0; row < rows.first.length; row += 1) {
    const slice = byLayout.get(rows.second[row] as number);
    if (!slice) continue;
    const begin = rows.offsets[row] as number;
    const end = rows.offsets[row + 1] as number;
    for (const [id, position] of slice.positions) {
      const at = begin + 8 * position;
      const value = at < end ? valuesOf(at) : Number.NaN;
      if (Number.isNaN(value)) continue;
      const samples = growing.get(id) ?? grow(growing, id, rows.first.length);
      samples.timesMs[samples.length] = rows.first[row] as number;
      samples.values[samples.length] = value;
      samples.length += 1;
    }
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

/** Reads the float64 (little-endian) at a byte position. */
function valueReader(bytes: Uint8Array): (at: number) => number {
  const aligned = bytes.byteOffset % 8 === 0 && bytes.byteLength % 8 === 0;
  if (aligned && endianness() === 'LE') {
    const values = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
    return (at) => values[at / 8] ?? Number.NaN;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (at) => view.getFloat64(at, true);
}
