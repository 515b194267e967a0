import type { Kysely } from 'kysely';
import { OpenManagerError } from '../../core/errors.ts';
import type { Schema } from '../../storage/schema.ts';
import { decodeIds, encodeIds } from '../journal-codec.ts';

/** Ids of the source and what they are in the copy: hosts by name, series by metric, labels and unit, layouts by series. */
export interface Ids {
  readonly hosts: ReadonlyMap<number, number>;
  readonly series: ReadonlyMap<number, number>;
  readonly layouts: ReadonlyMap<number, number>;
}

const insertedAtOnce = 500;

/** Adds the hosts, series and layouts that `to` lacks. */
export async function copyIdentities(from: Kysely<Schema>, to: Kysely<Schema>): Promise<Ids> {
  const hosts = await copyHosts(from, to);
  const series = new Map<number, number>();
  const layouts = new Map<number, number>();
  for (const host of hosts) {
    for (const pair of await copySeries(from, to, host)) series.set(...pair);
    for (const pair of await copyLayouts(from, to, host, series)) layouts.set(...pair);
  }
  return { hosts, series, layouts };
}

/** @throws `storage_corrupt` when there is no such id */
export function mapped(ids: ReadonlyMap<number, number>, id: number, what: string): number {
  const found = ids.get(id);
  if (found !== undefined) return found;
  throw new OpenManagerError(
    'storage_corrupt',
    `The database to copy from is damaged: it has data of ${what} ${id}, which is not in it. Restore a backup of it first.`,
  );
}

type Host = readonly [source: number, target: number];

async function copyHosts(from: Kysely<Schema>, to: Kysely<Schema>): Promise<ReadonlyMap<number, number>> {
  const hosts = await from.selectFrom('host').selectAll().orderBy('id').execute();
  for (const page of pagesOf(hosts.map(({ name }) => ({ name }))))
    await to
      .insertInto('host')
      .values(page)
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
  const copies = new Map((await to.selectFrom('host').selectAll().execute()).map(({ name, id }) => [name, id]));
  return new Map(hosts.map(({ id, name }) => [id, copies.get(name) as number]));
}

async function copySeries(from: Kysely<Schema>, to: Kysely<Schema>, [source, target]: Host): Promise<Host[]> {
  const series = await from.selectFrom('series').selectAll().where('host_id', '=', source).orderBy('id').execute();
  for (const page of pagesOf(series.map(({ id, ...row }) => ({ ...row, host_id: target }))))
    await to
      .insertInto('series')
      .values(page)
      .onConflict((conflict) => conflict.columns(['host_id', 'metric', 'labels', 'unit']).doNothing())
      .execute();
  const key = ({ metric, labels, unit }: { metric: string; labels: string; unit: string }) =>
    JSON.stringify([metric, labels, unit]);
  const rows = await to.selectFrom('series').selectAll().where('host_id', '=', target).execute();
  const copies = new Map(rows.map((row) => [key(row), row.id]));
  return series.map((row) => [row.id, copies.get(key(row)) as number]);
}

async function copyLayouts(
  from: Kysely<Schema>,
  to: Kysely<Schema>,
  [source, target]: Host,
  series: ReadonlyMap<number, number>,
): Promise<Host[]> {
  const copies = new Map<string, number>();
  const key = (seriesIds: Uint8Array) => Buffer.from(seriesIds).toString('base64');
  for (const row of await to.selectFrom('layout').select(['id', 'series_ids']).where('host_id', '=', target).execute())
    copies.set(key(row.series_ids), row.id);
  const pairs: Host[] = [];
  for (const row of await from.selectFrom('layout').selectAll().where('host_id', '=', source).orderBy('id').execute()) {
    const seriesIds = encodeIds([...decodeIds(row.series_ids)].map((id) => mapped(series, id, 'series')));
    const copy =
      copies.get(key(seriesIds)) ?? (await insertLayout(to, { ...row, host_id: target, series_ids: seriesIds }));
    copies.set(key(seriesIds), copy);
    await widen(to, copy, row);
    pairs.push([row.id, copy]);
  }
  return pairs;
}

interface Layout {
  readonly host_id: number;
  readonly series_ids: Uint8Array;
  readonly first_ms: number;
  readonly last_ms: number;
}

async function insertLayout(to: Kysely<Schema>, { host_id, series_ids, first_ms, last_ms }: Layout): Promise<number> {
  const values = { host_id, series_ids, first_ms, last_ms };
  return (await to.insertInto('layout').values(values).returning('id').executeTakeFirstOrThrow()).id;
}

/** Two processes may have created the same layout: they become one, of the time of both. */
async function widen(to: Kysely<Schema>, id: number, { first_ms, last_ms }: Pick<Layout, 'first_ms' | 'last_ms'>) {
  const layout = to.updateTable('layout').where('id', '=', id);
  await layout.set({ first_ms }).where('first_ms', '>', first_ms).execute();
  await layout.set({ last_ms }).where('last_ms', '<', last_ms).execute();
}

function* pagesOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += insertedAtOnce) yield rows.slice(at, at + insertedAtOnce);
}
