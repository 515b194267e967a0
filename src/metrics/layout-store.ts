import type { Kysely } from 'kysely';
import type { Descriptor } from '../core/series.ts';
import type { Schema } from '../storage/schema.ts';
import { encodeIds } from './journal-codec.ts';
import type { Reading } from './reading.ts';
import { assertDescriptor } from './reading-limits.ts';
import { canonicalLabels, seriesKey } from './series-key.ts';

/** Where a reading's values go. */
export interface LayoutRef {
  readonly hostId: number;
  readonly layoutId: number;
}

/**
 * Finds the layout of a reading, first by the identity of its descriptors, then by their content in the database, and
 * creates what is missing.
 */
export function createLayouts() {
  let known = new WeakMap<readonly Descriptor[], Map<string, LayoutRef>>();

  return {
    find: ({ host, descriptors }: Reading): LayoutRef | undefined => known.get(descriptors)?.get(host),

    /** Only what was committed may be remembered. */
    remember({ host, descriptors }: Reading, ref: LayoutRef): void {
      const hosts = known.get(descriptors) ?? new Map<string, LayoutRef>();
      known.set(descriptors, hosts.set(host, ref));
    },

    forget(): void {
      known = new WeakMap();
    },

    create: createLayout,
  };
}

async function createLayout(
  db: Kysely<Schema>,
  hostId: number,
  { descriptors, timestampMs }: Reading,
): Promise<LayoutRef> {
  descriptors.forEach(assertDescriptor);
  const seriesIds = encodeIds(await seriesIdsOf(db, hostId, descriptors));
  const found = await db
    .selectFrom('layout')
    .select('id')
    .where('host_id', '=', hostId)
    .where('series_ids', '=', seriesIds)
    .limit(1)
    .executeTakeFirst();
  if (found) return { hostId, layoutId: found.id };
  const created = await db
    .insertInto('layout')
    .values({ host_id: hostId, series_ids: seriesIds, first_ms: timestampMs, last_ms: timestampMs })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { hostId, layoutId: created.id };
}

/** The host's id; it is created when missing. */
export async function hostIdOf(db: Kysely<Schema>, name: string): Promise<number> {
  const find = db.selectFrom('host').select('id').where('name', '=', name);
  const known = await find.executeTakeFirst();
  if (known) return known.id;
  await db
    .insertInto('host')
    .values({ name })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  return (await find.executeTakeFirstOrThrow()).id;
}

const seriesInserted = 500;

/** The ids of series in their order; those missing are created. */
export async function seriesIdsOf(
  db: Kysely<Schema>,
  hostId: number,
  descriptors: readonly Descriptor[],
): Promise<number[]> {
  let ids = await knownSeries(db, hostId);
  const missing = descriptors.filter((descriptor) => !ids.has(seriesKey(descriptor)));
  for (let at = 0; at < missing.length; at += seriesInserted) {
    await db
      .insertInto('series')
      .values(
        missing.slice(at, at + seriesInserted).map(({ metric, labels, unit }) => ({
          host_id: hostId,
          metric,
          labels: canonicalLabels(labels),
          unit,
        })),
      )
      .onConflict((conflict) => conflict.columns(['host_id', 'metric', 'labels', 'unit']).doNothing())
      .execute();
  }
  if (missing.length > 0) ids = await knownSeries(db, hostId);
  return descriptors.map((descriptor) => ids.get(seriesKey(descriptor)) as number);
}

async function knownSeries(db: Kysely<Schema>, hostId: number): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('series')
    .select(['id', 'metric', 'labels', 'unit'])
    .where('host_id', '=', hostId)
    .execute();
  return new Map(rows.map(({ id, metric, labels, unit }) => [JSON.stringify([metric, unit, labels]), id]));
}
