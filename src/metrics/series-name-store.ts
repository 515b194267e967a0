import type { Kysely } from 'kysely';
import { seriesName } from '../core/series.ts';
import type { Schema } from '../storage/schema.ts';

/** What a series is called, and its host; undefined when there is none of this id. */
export async function readSeriesName(
  db: Kysely<Schema>,
  id: number,
): Promise<{ host: string; series: string } | undefined> {
  const found = await db
    .selectFrom('series')
    .innerJoin('host', 'host.id', 'series.host_id')
    .select(['name', 'metric', 'labels'])
    .where('series.id', '=', id)
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const labels = JSON.parse(found.labels) as Record<string, string>;
  return { host: found.name, series: seriesName(found.metric, labels) };
}
