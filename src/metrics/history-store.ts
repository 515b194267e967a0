import { OpenManagerError } from '../core/errors.ts';
import type { Database } from '../storage/database.ts';
import { type Buckets, createBuckets, type Grid, liesInOneBucket } from './buckets.ts';
import { chunkHour, chunkKey, chunkSeries, hourAt, hourMs } from './chunk-key.ts';
import { readChunks, readSummaries } from './chunk-store.ts';
import { readJournal } from './journal-store.ts';
import { joinSamples, mergeSamples, noSamples, type Samples, samplesBetween } from './samples.ts';
import type { BucketsRequest, SamplesRequest } from './stored-series.ts';

/** Samples that one read returns at most: 256 MB. */
const maxSamples = 2 ** 24;

/** Samples by series id, from chunks and journal; see `MetricStore.read`. */
export async function readHistory(database: Database, request: SamplesRequest): Promise<Map<number, Samples>> {
  const window = wholeBounds(request);
  const samples = new Map<number, Samples>(request.seriesIds.map((id) => [id, noSamples]));
  const parts = await openHistory(database, request, window);
  if (parts === undefined) return samples;
  const pieces = new Map<number, Samples[]>();
  let left = maxSamples;
  for await (const [key, chunk] of readChunks(database, parts.keys)) {
    left -= chunk.timesMs.length;
    if (left < 0) throw tooMuch();
    const id = chunkSeries(key);
    const known = pieces.get(id) ?? [];
    pieces.set(id, known);
    known.push(samplesBetween(chunk, window.fromMs, window.toMs));
  }
  for (const id of samples.keys()) {
    const journal = parts.journal.get(id) ?? noSamples;
    samples.set(id, mergeSamples(joinSamples(pieces.get(id) ?? []), journal));
  }
  return samples;
}

/** What the samples add up to by series id; chunks within a bucket are not decoded. See `MetricStore.readBuckets`. */
export async function readBuckets(database: Database, request: BucketsRequest): Promise<Map<number, Buckets>> {
  const window = wholeBounds(request);
  const series = new Map(request.seriesIds.map((id) => [id, createBuckets(request.grid)]));
  const result = () => new Map([...series].map(([id, { buckets }]) => [id, buckets]));
  const parts = await openHistory(database, request, window);
  if (parts === undefined) return result();
  const { journal, keys } = parts;
  const journalHours = hoursOf(journal);
  const summed = keys.filter((key) => isWhole(chunkHour(key), window, request.grid) && !journalHours.has(key));
  for (const summary of await readSummaries(database, summed))
    series.get(chunkSeries(summary.id))?.addSummary(chunkHour(summary.id) * hourMs, summary);
  const inSum = new Set(summed);
  const decoded = keys.filter((key) => !inSum.has(key));
  const merged = new Set<number>();
  for await (const [key, chunk] of readChunks(database, decoded)) {
    const id = chunkSeries(key);
    const fromMs = chunkHour(key) * hourMs;
    const added = journalHours.has(key)
      ? samplesBetween(journal.get(id) ?? noSamples, fromMs, fromMs + hourMs)
      : noSamples;
    if (added !== noSamples) merged.add(key);
    series.get(id)?.addSamples(mergeSamples(samplesBetween(chunk, window.fromMs, window.toMs), added));
  }
  for (const [id, samples] of journal) {
    for (const part of withoutHours(samples, id, merged)) series.get(id)?.addSamples(part);
  }
  return result();
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

interface History {
  /** Of the chunks there may be, ascending. */
  readonly keys: readonly number[];
  readonly journal: ReadonlyMap<number, Samples>;
}

/** Journal first: what is compacted in between is then read twice, and merged, instead of not at all. */
async function openHistory(
  database: Database,
  { host, seriesIds }: SamplesRequest,
  window: Window,
): Promise<History | undefined> {
  if (window.fromMs >= window.toMs || seriesIds.length === 0) return undefined;
  const { db } = database;
  const known = await db.selectFrom('host').select('id').where('name', '=', host).executeTakeFirst();
  if (known === undefined) return undefined;
  const journal = await readJournal(database, { ...window, hostId: known.id }, new Set(seriesIds));
  const wanted = new Set(seriesIds);
  const spans = await db
    .selectFrom('series')
    .select(['id', 'first_ms', 'last_ms'])
    .where('host_id', '=', known.id)
    .where('last_ms', '>=', window.fromMs)
    .where('first_ms', '<', window.toMs)
    .execute();
  const keys = spans
    .filter(({ id }) => wanted.has(id))
    .flatMap(({ id, first_ms, last_ms }) => {
      const from = hourAt(Math.max(first_ms ?? 0, window.fromMs));
      const to = hourAt(Math.min(last_ms ?? 0, window.toMs - 1));
      return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => chunkKey(from + i, id));
    });
  return { keys: keys.sort((a, b) => a - b), journal };
}

/** Keys of the chunks to which samples of the journal may belong. */
function hoursOf(journal: ReadonlyMap<number, Samples>): ReadonlySet<number> {
  const keys = new Set<number>();
  for (const [id, { timesMs }] of journal) {
    let endMs = Number.NEGATIVE_INFINITY;
    for (const timeMs of timesMs) {
      if (timeMs < endMs) continue;
      keys.add(chunkKey(hourAt(timeMs), id));
      endMs = (hourAt(timeMs) + 1) * hourMs;
    }
  }
  return keys;
}

function isWhole(hour: number, { fromMs, toMs }: Window, grid: Grid): boolean {
  const startMs = hour * hourMs;
  return startMs >= fromMs && startMs + hourMs <= toMs && liesInOneBucket(grid, startMs, startMs + hourMs);
}

/** The samples of the hours whose chunks, with these keys, were not read with them. */
function* withoutHours(samples: Samples, id: number, merged: ReadonlySet<number>): Generator<Samples> {
  const { timesMs } = samples;
  let at = 0;
  while (at < timesMs.length) {
    const hour = hourAt(timesMs[at] as number);
    const part = samplesBetween(samples, timesMs[at] as number, (hour + 1) * hourMs);
    if (!merged.has(chunkKey(hour, id))) yield part;
    at += part.timesMs.length;
  }
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
