import { type Kysely, sql } from 'kysely';
import type { Descriptor, Labels } from '../core/series.ts';
import { type DatabaseSource, databaseOf } from '../storage/database.ts';
import type { Ownership } from '../storage/ownership.ts';
import type { Schema } from '../storage/schema.ts';
import { type JournalRow, LayoutGone, storeRows } from './append-store.ts';
import type { Buckets } from './buckets.ts';
import { type Compacted, compactJournal } from './compaction-store.ts';
import { readBuckets, readHistory } from './history-store.ts';
import { insertSamples } from './insert-store.ts';
import { decodeIds } from './journal-codec.ts';
import { createLatest, lastOfChunks, newestCollected } from './latest-store.ts';
import { createLayouts, hostIdOf, type LayoutRef } from './layout-store.ts';
import type { Reading } from './reading.ts';
import { assertReadings } from './reading-limits.ts';
import { type Deleted, deleteOld, type Retention, readTrimmed, type Trimmed } from './retention-store.ts';
import type { Samples } from './samples.ts';
import type {
  BucketsRequest,
  Inserted,
  ReadRequest,
  SeriesBatch,
  SeriesFilter,
  StoredHost,
  StoredSeries,
} from './stored-series.ts';

export type { SeriesFilter, StoredHost, StoredSeries };

/** What the hosts reported, on disk. Every method can fail with the codes of the {@link DatabaseSource}. */
export interface MetricStore {
  /**
   * Stores readings; they are on disk when it resolves, all or none. Of two readings of a host at the same time the
   * later call, and within a call the later element, is kept. Values that are no finite number are missing.
   * @param owner whose right to collect the readings go with.
   * @throws `invalid_argument` naming what is out of bounds; `conflict` when `owner` does not own.
   */
  append(readings: readonly Reading[], owner?: Ownership): Promise<void>;
  /**
   * Stores readings of one host as `append` does, but for those that have another one within `spacingMs`, at either side:
   * of what several processes have of a time in which the one that stores was suspended each reading is stored once.
   * @throws `invalid_argument` naming what is out of bounds.
   */
  fill(readings: readonly Reading[], spacingMs: number): Promise<void>;
  /**
   * Adds samples from other sources to series, which are created when missing; all or none. Where there is a sample at
   * the time already, the added one is kept. Its time grows with the hours: keep to some 200,000 samples a call.
   * @throws `invalid_argument` naming what is out of bounds.
   */
  insert(batches: readonly SeriesBatch[]): Promise<Inserted>;
  /** Hosts of which samples are left, by name. */
  hosts(): Promise<StoredHost[]>;
  /** In the order in which they were first stored. */
  series(filter?: SeriesFilter): Promise<StoredSeries[]>;
  /**
   * Samples by series id, an entry for every id asked for; in one pass, so ask for many series at once.
   * @throws `invalid_argument` when a bound is NaN or the range holds more than one read may return.
   */
  read(request: ReadRequest): Promise<Map<number, Samples>>;
  /**
   * What the samples add up to on a grid, by series id. Hours that lie in one bucket are not decoded: the longer the
   * steps, the cheaper.
   */
  readBuckets(request: BucketsRequest): Promise<Map<number, Buckets>>;
  /** The host's newest reading, or null; the latest values of its series where no collector reports it. */
  latest(host: string): Promise<Reading | null>;
  /** The last values in chunks of the host's series that have one within the day before `newestMs`; null without any. */
  lastOfChunks(host: string, newestMs: number): Promise<Reading | null>;
  /**
   * The time of the newest reading of a collector; what was inserted does not count. -Infinity for a host without any.
   */
  newestCollected(host: string): Promise<number>;
  /** Compresses the readings of the hours that ended by `beforeMs`, a transaction an hour and host. */
  compact(owner: Ownership, beforeMs: number, signal: AbortSignal): Promise<Compacted>;
  /** Deletes what is older, or more, than is kept; in short transactions. */
  deleteOld(owner: Ownership, retention: Retention): Promise<Deleted>;
  /** What the last deletion by size left; null when there was none. */
  trimmed(): Promise<Trimmed | null>;
  /** Bytes on disk, free pages included. */
  sizeBytes(): Promise<number>;
}

export function createMetricStore(source: DatabaseSource): MetricStore {
  const layouts = createLayouts();
  const latest = createLatest();

  async function write(readings: readonly Reading[], { owner, spacingMs }: Writing): Promise<void> {
    const database = await databaseOf(source);
    const created = new Map<Reading, LayoutRef>();
    const run = owner ?? { transaction: (work) => database.db.transaction().execute(work) };
    await run.transaction(async (transaction: Kysely<Schema>) => {
      const hosts = await hostIds(transaction, readings);
      // Before anything of a host is looked for: what has no samples left is deleted under the same lock.
      await database.lockHosts(
        transaction,
        [...hosts.values()].sort((a, b) => a - b),
      );
      const rows: JournalRow[] = [];
      const missing = spacingMs === undefined ? readings : await withoutNear(transaction, readings, hosts, spacingMs);
      for (const reading of missing) {
        const hostId = hosts.get(reading.host) as number;
        const ref = layouts.find(reading) ?? (await layouts.create(transaction, hostId, reading));
        created.set(reading, ref);
        rows.push({ ...ref, timeMs: reading.timestampMs, values: reading.values });
      }
      await storeRows(database, transaction, rows);
    });
    for (const [reading, ref] of created) layouts.remember(reading, ref);
  }

  async function hostIds(transaction: Kysely<Schema>, readings: readonly Reading[]): Promise<Map<string, number>> {
    const ids = new Map(readings.map((reading) => [reading.host, layouts.find(reading)?.hostId]));
    const missing = [...ids].filter(([, id]) => id === undefined).map(([host]) => host);
    // In one order for all, so that two which add the same hosts never wait for each other.
    for (const host of missing.sort()) ids.set(host, await hostIdOf(transaction, host));
    return ids as Map<string, number>;
  }

  async function store(readings: readonly Reading[], writing: Writing): Promise<void> {
    assertReadings(readings);
    if (readings.length === 0) return;
    const unique = lastOfEachMoment(readings);
    try {
      await write(unique, writing);
    } catch (error) {
      if (!(error instanceof LayoutGone)) throw error;
      layouts.forget();
      await write(unique, writing);
    }
  }

  return {
    append: (readings, owner) => store(readings, { owner }),
    fill: (readings, spacingMs) => store(readings, { spacingMs }),

    insert: async (batches) => insertSamples(await databaseOf(source), batches),

    async hosts() {
      const { db } = await databaseOf(source);
      const { rows } = await sql<StoredHost>`
        select host.name as host, min(span.first_ms) as "firstMs", max(span.last_ms) as "lastMs"
        from host join (
          select host_id, first_ms, last_ms from layout
          union all
          select host_id, first_ms, last_ms from series where first_ms is not null
        ) as span on span.host_id = host.id
        group by host.name order by host.name`.execute(db);
      return rows;
    },

    async series(filter = {}) {
      const { db } = await databaseOf(source);
      const rows = await selectSeries(db, filter);
      const spans = await journalSpans(db, filter.host);
      return rows.map(({ id, host, first_ms, last_ms, ...row }) => {
        if (first_ms !== null && last_ms !== null) widen(spans, id, first_ms, last_ms);
        return { id, host, ...describe(row), ...spans.get(id) };
      });
    },

    read: async (request) => readHistory(await databaseOf(source), request),
    readBuckets: async (request) => readBuckets(await databaseOf(source), request),
    newestCollected: async (host) => newestCollected(await databaseOf(source), host),
    latest: async (host) => latest(await databaseOf(source), host),
    lastOfChunks: async (host, newestMs) => lastOfChunks(await databaseOf(source), host, newestMs),
    compact: async (owner, beforeMs, signal) => compactJournal(await databaseOf(source), owner, beforeMs, signal),
    deleteOld: async (owner, retention) =>
      deleteOld(await databaseOf(source), owner, retention, () => layouts.forget()),
    trimmed: async () => readTrimmed(await databaseOf(source)),
    sizeBytes: async () => (await databaseOf(source)).sizeBytes(),
  };
}

interface Writing {
  readonly owner?: Ownership | undefined;
  /** Readings that are nearer to one that is stored are left out. */
  readonly spacingMs?: number;
}

/** Those that have no reading of their host nearby. */
async function withoutNear(
  db: Kysely<Schema>,
  readings: readonly Reading[],
  hosts: ReadonlyMap<string, number>,
  spacingMs: number,
): Promise<readonly Reading[]> {
  const times = readings.map(({ timestampMs }) => timestampMs);
  const rows = await db
    .selectFrom('journal')
    .select(['host_id', 'time_ms'])
    .where('host_id', 'in', [...hosts.values()])
    .where('time_ms', '>', Math.min(...times) - spacingMs)
    .where('time_ms', '<', Math.max(...times) + spacingMs)
    .execute();
  return readings.filter(({ host, timestampMs }) =>
    rows.every((row) => row.host_id !== hosts.get(host) || Math.abs(row.time_ms - timestampMs) >= spacingMs),
  );
}

function lastOfEachMoment(readings: readonly Reading[]): Reading[] {
  const unique = new Map<string, Reading>();
  for (const reading of readings) unique.set(`${reading.timestampMs} ${reading.host}`, reading);
  return [...unique.values()];
}

interface Span {
  firstMs: number;
  lastMs: number;
}

function widen(spans: Map<number, Span>, id: number, firstMs: number, lastMs: number): void {
  const span = spans.get(id);
  if (!span) spans.set(id, { firstMs, lastMs });
  else {
    span.firstMs = Math.min(span.firstMs, firstMs);
    span.lastMs = Math.max(span.lastMs, lastMs);
  }
}

function selectSeries(db: Kysely<Schema>, { host, metric }: SeriesFilter) {
  return db
    .selectFrom('series')
    .innerJoin('host', 'host.id', 'series.host_id')
    .select(['series.id', 'host.name as host', 'series.metric', 'series.labels', 'series.unit'])
    .select(['series.first_ms', 'series.last_ms'])
    .$if(host !== undefined, (query) => query.where('host.name', '=', host as string))
    .$if(metric !== undefined, (query) => query.where('series.metric', '=', metric as string))
    .orderBy('series.id')
    .execute();
}

/** By series id. */
async function journalSpans(db: Kysely<Schema>, host: string | undefined): Promise<Map<number, Span>> {
  const layouts = await db
    .selectFrom('layout')
    .innerJoin('host', 'host.id', 'layout.host_id')
    .select(['layout.series_ids', 'layout.first_ms', 'layout.last_ms'])
    .$if(host !== undefined, (query) => query.where('host.name', '=', host as string))
    .execute();
  const spans = new Map<number, Span>();
  for (const layout of layouts)
    for (const id of decodeIds(layout.series_ids)) widen(spans, id, layout.first_ms, layout.last_ms);
  return spans;
}

function describe({ metric, labels, unit }: { metric: string; labels: string; unit: string }): Descriptor {
  return { metric, labels: JSON.parse(labels) as Labels, unit };
}
