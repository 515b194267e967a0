import { sql } from 'kysely';
import { OpenManagerError } from '../core/errors.ts';
import type { Database } from '../storage/database.ts';
import { type Buckets, createBuckets, type Grid, liesInOneBucket, type RowTargets } from './buckets.ts';
import { chunkHour, chunkKey, chunkSeries, hourAt, hourMs } from './chunk-key.ts';
import { oneOf, readChunks, readSummaries, storedHours } from './chunk-store.ts';
import { type Column, eachRow, type JournalRows, readRows, samplesOf } from './journal-store.ts';
import { joinSamples, mergeSamples, noSamples, type Samples, samplesBetween } from './samples.ts';
import type { BucketsRequest, ReadRequest, SamplesRequest } from './stored-series.ts';

/** Samples that one read returns at most: 64 MB. */
const maxSamples = 2 ** 22;

/** Samples by series id, from chunks and journal; see `MetricStore.read`. */
export async function readHistory(database: Database, request: ReadRequest): Promise<Map<number, Samples>> {
  const window = wholeBounds(request);
  const samples = new Map<number, Samples>(request.seriesIds.map((id) => [id, noSamples]));
  const history = await openHistory(database, request, window);
  if (history === undefined) return samples;
  const pieces = new Map<number, Samples[]>();
  let left = maxSamples;
  for await (const [key, chunk] of readChunks(database, history.keys(), { onDamaged: request.onDamaged })) {
    left -= chunk.timesMs.length;
    if (left < 0) throw tooMuch();
    const id = chunkSeries(key);
    const known = pieces.get(id) ?? [];
    pieces.set(id, known);
    known.push(samplesBetween(chunk, window.fromMs, window.toMs));
  }
  const journal = await samplesOf(history.journal);
  for (const id of samples.keys())
    samples.set(id, mergeSamples(joinSamples(pieces.get(id) ?? []), journal.get(id) ?? noSamples));
  return samples;
}

/** What the samples add up to by series id; chunks within a bucket are not decoded. See `MetricStore.readBuckets`. */
export async function readBuckets(database: Database, request: BucketsRequest): Promise<Map<number, Buckets>> {
  const { seriesIds, grid, tally, onDamaged } = request;
  const window = wholeBounds(request);
  const places = new Map(seriesIds.map((id, place) => [id, place]));
  const filled = createBuckets(grid, seriesIds.length, tally);
  const history = await openHistory(database, request, window);
  if (history !== undefined) {
    const journalHours = hoursOf(history.journal);
    const isWhole = (hour: number) => liesWithin(hour, window, grid) && !journalHours.has(hour);
    await readSummaries(database, history.keys(isWhole), (summary) =>
      filled.addSummary(placeOf(summary.id), chunkHour(summary.id) * hourMs, summary),
    );
    const isMixed = history.hours.some((hour) => journalHours.has(hour));
    const merged = isMixed ? await samplesOf(history.journal) : undefined;
    for await (const [key, chunk] of readChunks(
      database,
      history.keys((hour) => !isWhole(hour)),
      { onDamaged },
    )) {
      const seen = samplesBetween(chunk, window.fromMs, window.toMs);
      filled.addSamples(placeOf(key), merged === undefined ? seen : without(seen, merged.get(chunkSeries(key))));
    }
    await addJournal(history.journal, places, filled);
  }
  return new Map(seriesIds.map((id, place) => [id, filled.of(place)]));

  function placeOf(key: number): number {
    return places.get(chunkSeries(key)) as number;
  }
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

interface History {
  /** Of which there may be chunks, ascending. */
  readonly hours: readonly number[];
  /** Of the chunks there may be, ascending; made one after the other, as there may be millions. */
  keys(isWanted?: (hour: number) => boolean): Iterable<number>;
  readonly journal: JournalRows;
}

/** Journal first: what is compacted in between is then read twice, and counted once, instead of not at all. */
async function openHistory(
  database: Database,
  { host, seriesIds }: SamplesRequest,
  window: Window,
): Promise<History | undefined> {
  if (window.fromMs >= window.toMs || seriesIds.length === 0) return undefined;
  const known = await database.db.selectFrom('host').select('id').where('name', '=', host).executeTakeFirst();
  if (known === undefined) return undefined;
  const journal = await readRows(database, { ...window, hostId: known.id }, new Set(seriesIds));
  const spans = await chunkSpans(database, known.id, seriesIds, window);
  const hours = await hoursWithin(database, spans);
  return { hours, keys: (isWanted) => keysOf(hours, spans, isWanted), journal };
}

/** The hours, the last one included, in which a series may have chunks. */
interface ChunkSpan {
  readonly id: number;
  readonly fromHour: number;
  readonly toHour: number;
}

/** By series id, ascending. */
async function chunkSpans(
  { db, kind }: Database,
  hostId: number,
  seriesIds: readonly number[],
  window: Window,
): Promise<ChunkSpan[]> {
  const { rows } = await sql<{ id: number; first_ms: number; last_ms: number }>`
    select id, first_ms, last_ms from series where id ${oneOf[kind](seriesIds)} and host_id = ${hostId}
      and last_ms >= ${window.fromMs} and first_ms < ${window.toMs} order by id`.execute(db);
  return rows.map(({ id, first_ms, last_ms }) => ({
    id,
    fromHour: hourAt(Math.max(first_ms, window.fromMs)),
    toHour: hourAt(Math.min(last_ms, window.toMs - 1)),
  }));
}

/** With more keys than this, the database is asked which hours there are at all: one stray sample may be decades old. */
const manyKeys = 20_000;

async function hoursWithin({ db }: Database, spans: readonly ChunkSpan[]): Promise<readonly number[]> {
  if (spans.length === 0) return [];
  const fromHour = spans.reduce((least, span) => Math.min(least, span.fromHour), Number.POSITIVE_INFINITY);
  const toHour = spans.reduce((most, span) => Math.max(most, span.toHour), 0);
  if ((toHour - fromHour) * spans.length > manyKeys) return storedHours(db, fromHour, toHour + 1);
  return Array.from({ length: toHour - fromHour + 1 }, (_, i) => fromHour + i);
}

function* keysOf(
  hours: readonly number[],
  spans: readonly ChunkSpan[],
  isWanted: (hour: number) => boolean = () => true,
): Generator<number> {
  for (const hour of hours) {
    if (!isWanted(hour)) continue;
    for (const { id, fromHour, toHour } of spans) if (fromHour <= hour && hour <= toHour) yield chunkKey(hour, id);
  }
}

/** Hours of which there are rows. */
function hoursOf({ pages }: JournalRows): ReadonlySet<number> {
  const hours = new Set<number>();
  for (const { first } of pages) for (const timeMs of first) hours.add(hourAt(timeMs));
  return hours;
}

async function addJournal(
  journal: JournalRows,
  places: ReadonlyMap<number, number>,
  to: ReturnType<typeof createBuckets>,
): Promise<void> {
  const targets = new Map<readonly Column[], RowTargets>();
  const targetsOf = (columns: readonly Column[]): RowTargets => {
    const known = targets.get(columns);
    if (known) return known;
    const made = {
      places: Uint32Array.from(columns, ({ seriesId }) => places.get(seriesId) as number),
      positions: Uint32Array.from(columns, ({ position }) => position),
    };
    targets.set(columns, made);
    return made;
  };
  await eachRow(journal, (timeMs, values, columns) => to.addRow(timeMs, values, targetsOf(columns)));
}

function liesWithin(hour: number, { fromMs, toMs }: Window, grid: Grid): boolean {
  const startMs = hour * hourMs;
  return startMs >= fromMs && startMs + hourMs <= toMs && liesInOneBucket(grid, startMs, startMs + hourMs);
}

/** Samples at times that `others` have none of. */
function without(samples: Samples, others: Samples = noSamples): Samples {
  const times = new Set(others.timesMs);
  const kept = samples.timesMs.map((timeMs) => (times.has(timeMs) ? 0 : 1));
  return {
    timesMs: samples.timesMs.filter((_timeMs, i) => kept[i] === 1),
    values: samples.values.filter((_value, i) => kept[i] === 1),
  };
}

function wholeBounds({ fromMs, toMs }: Window): Window {
  if (Number.isNaN(fromMs) || Number.isNaN(toMs))
    throw new OpenManagerError('invalid_argument', 'A time range needs two times in milliseconds since 1970.');
  return { fromMs: wholeTime(fromMs), toMs: wholeTime(toMs) };
}

function wholeTime(timeMs: number): number {
  return Math.ceil(Math.min(Math.max(timeMs, 0), Number.MAX_SAFE_INTEGER));
}

function tooMuch(): OpenManagerError {
  return new OpenManagerError(
    'invalid_argument',
    'Too much data for one read: ask for a shorter range or fewer series.',
  );
}
