import { type Kysely, sql } from 'kysely';
import { OpenManagerError } from '../core/errors.ts';
import type { Descriptor, Labels } from '../core/series.ts';
import { type DatabaseSource, databaseOf } from '../storage/database.ts';
import type { Schema } from '../storage/schema.ts';
import { decodeIds, decodeValues, encodeValues } from './journal-codec.ts';
import { readJournal } from './journal-store.ts';
import { createLayouts, type LayoutRef } from './layout-store.ts';
import type { Reading } from './reading.ts';
import { assertReadings } from './reading-limits.ts';
import type { Samples } from './resample.ts';
import { deleteJournalBefore } from './retention-store.ts';
import type { SamplesRequest, SeriesFilter, StoredHost, StoredSeries } from './stored-series.ts';

export type { SamplesRequest, SeriesFilter, StoredHost, StoredSeries };

/** What the hosts reported, on disk. Every method can fail with the codes of the {@link DatabaseSource}. */
export interface MetricStore {
  /**
   * Stores readings; they are on disk when it resolves, all or none. Of two readings of a host at the same time the
   * later call, and within a call the later element, is kept.
   * @throws `invalid_argument` naming what is out of bounds.
   */
  append(readings: readonly Reading[]): Promise<void>;
  /** Hosts of which samples are left, by name. */
  hosts(): Promise<StoredHost[]>;
  /** In the order in which they were first stored. */
  series(filter?: SeriesFilter): Promise<StoredSeries[]>;
  /**
   * Samples by series id, an entry for every id asked for; in one pass, so ask for many series at once.
   * @throws `invalid_argument` when a bound is NaN or the range holds more than a scan may return.
   */
  read(request: SamplesRequest): Promise<Map<number, Samples>>;
  /** The host's newest reading, or null. */
  latest(host: string): Promise<Reading | null>;
  /**
   * Deletes what is older, in short transactions.
   * @returns how many readings went.
   */
  deleteBefore(timeMs: number): Promise<number>;
  /** Bytes on disk, free pages included. */
  sizeBytes(): Promise<number>;
}

export function createMetricStore(source: DatabaseSource): MetricStore {
  const layouts = createLayouts();
  const latestDescriptors = new Map<string, { layoutId: number; descriptors: readonly Descriptor[] }>();

  async function write(db: Kysely<Schema>, readings: readonly Reading[]): Promise<void> {
    const created = new Map<Reading, LayoutRef>();
    await db.transaction().execute(async (transaction) => {
      const rows: JournalRow[] = [];
      for (const reading of readings) {
        const ref = layouts.find(reading) ?? (await layouts.create(transaction, reading));
        created.set(reading, ref);
        rows.push({ ...ref, timeMs: reading.timestampMs, values: reading.values });
      }
      await upsertRows(transaction, rows);
      await widenLayouts(transaction, rows);
    });
    for (const [reading, ref] of created) layouts.remember(reading, ref);
  }

  async function descriptorsOf(db: Kysely<Schema>, host: string, layoutId: number, seriesIds: Uint32Array) {
    const cached = latestDescriptors.get(host);
    if (cached?.layoutId === layoutId) return cached.descriptors;
    const rows = await selectSeries(db, { host });
    const byId = new Map(rows.map((row) => [row.id, describe(row)]));
    const descriptors = Array.from(seriesIds, (id) => byId.get(id) as Descriptor);
    latestDescriptors.set(host, { layoutId, descriptors });
    return descriptors;
  }

  return {
    async append(readings) {
      assertReadings(readings);
      if (readings.length === 0) return;
      const { db } = await databaseOf(source);
      const unique = lastOfEachMoment(readings);
      try {
        await write(db, unique);
      } catch (error) {
        if (!(error instanceof LayoutGone)) throw error;
        layouts.forget();
        await write(db, unique);
      }
    },

    async hosts() {
      const { db } = await databaseOf(source);
      return db
        .selectFrom('layout')
        .innerJoin('host', 'host.id', 'layout.host_id')
        .select(({ fn }) => [
          'host.name as host',
          fn.min<number>('layout.first_ms').as('firstMs'),
          fn.max<number>('layout.last_ms').as('lastMs'),
        ])
        .groupBy('host.name')
        .orderBy('host.name')
        .execute();
    },

    async series(filter = {}) {
      const { db } = await databaseOf(source);
      const rows = await selectSeries(db, filter);
      const spans = await seriesSpans(db, filter.host);
      return rows.map((row) => ({ id: row.id, host: row.host, ...describe(row), ...spans.get(row.id) }));
    },

    read: async (request) => readJournal(await databaseOf(source), request),

    async latest(host) {
      const { db } = await databaseOf(source);
      const row = await db
        .selectFrom('journal')
        .innerJoin('layout', 'layout.id', 'journal.layout_id')
        .select(['journal.time_ms', 'journal.layout_id', 'journal.vals', 'layout.series_ids'])
        .where('journal.host_id', '=', ({ selectFrom }) => selectFrom('host').select('id').where('name', '=', host))
        .orderBy('journal.time_ms', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (!row) return null;
      const descriptors = await descriptorsOf(db, host, row.layout_id, decodeIds(row.series_ids));
      return { host, timestampMs: row.time_ms, descriptors, values: decodeValues(row.vals) };
    },

    async deleteBefore(timeMs) {
      const { db } = await databaseOf(source);
      return deleteJournalBefore(db, timeMs, () => layouts.forget());
    },

    sizeBytes: async () => (await databaseOf(source)).sizeBytes(),
  };
}

interface JournalRow extends LayoutRef {
  readonly timeMs: number;
  readonly values: Float64Array;
}

/** A layout known by its id was removed, by another process, with the last of its samples. */
class LayoutGone extends OpenManagerError {
  constructor() {
    super('conflict', 'The stored series changed meanwhile. Try again.');
  }
}

function lastOfEachMoment(readings: readonly Reading[]): Reading[] {
  const unique = new Map<string, Reading>();
  for (const reading of readings) unique.set(`${reading.timestampMs} ${reading.host}`, reading);
  return [...unique.values()];
}

const rowsInserted = 500;

async function upsertRows(db: Kysely<Schema>, rows: readonly JournalRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsInserted) {
    await db
      .insertInto('journal')
      .values(
        rows.slice(at, at + rowsInserted).map(({ hostId, timeMs, layoutId, values }) => ({
          host_id: hostId,
          time_ms: timeMs,
          layout_id: layoutId,
          vals: encodeValues(values),
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['host_id', 'time_ms']).doUpdateSet(({ ref }) => ({
          layout_id: ref('excluded.layout_id'),
          vals: ref('excluded.vals'),
        })),
      )
      .execute();
  }
}

async function widenLayouts(db: Kysely<Schema>, rows: readonly JournalRow[]): Promise<void> {
  const spans = [...spansOf(rows)];
  for (let at = 0; at < spans.length; at += rowsInserted) {
    const some = spans.slice(at, at + rowsInserted);
    const values = some.map(
      ([id, { firstMs, lastMs }]) =>
        sql`(cast(${id} as bigint), cast(${firstMs} as bigint), cast(${lastMs} as bigint))`,
    );
    const { numAffectedRows } = await sql`
      with seen(id, first_ms, last_ms) as (values ${sql.join(values)})
      update layout set
        first_ms = case when seen.first_ms < layout.first_ms then seen.first_ms else layout.first_ms end,
        last_ms = case when seen.last_ms > layout.last_ms then seen.last_ms else layout.last_ms end
      from seen where layout.id = seen.id`.execute(db);
    if (Number(numAffectedRows) !== some.length) throw new LayoutGone();
  }
}

interface Span {
  firstMs: number;
  lastMs: number;
}

function spansOf(rows: readonly JournalRow[]): Map<number, Span> {
  const spans = new Map<number, Span>();
  for (const { layoutId, timeMs } of rows) widen(spans, layoutId, timeMs, timeMs);
  return spans;
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
    .$if(host !== undefined, (query) => query.where('host.name', '=', host as string))
    .$if(metric !== undefined, (query) => query.where('series.metric', '=', metric as string))
    .orderBy('series.id')
    .execute();
}

async function seriesSpans(db: Kysely<Schema>, host: string | undefined): Promise<Map<number, Span>> {
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
