import type { Kysely, Selectable } from 'kysely';
import type { AnomalyTable, DetectorStateTable, Schema } from '../../storage/schema.ts';

/** An anomaly as it is copied: of its group when that began, as ids differ; null where its first one is not there. */
export interface CopiedAnomaly extends Omit<Selectable<AnomalyTable>, 'group_id'> {
  readonly group_ms: number | null;
}

const pageRows = 500;

/** All anomalies with an id above `after`, in order, in pages that are never empty. */
export async function* anomalyPages(db: Kysely<Schema>, after = -1): AsyncGenerator<CopiedAnomaly[], void> {
  for (let last = after; ; ) {
    const rows = await db
      .selectFrom('anomaly')
      .leftJoin('anomaly as first', 'first.id', 'anomaly.group_id')
      .selectAll('anomaly')
      .select('first.start_ms as group_ms')
      .where('anomaly.id', '>', last)
      .orderBy('anomaly.id')
      .limit(pageRows)
      .execute();
    if (rows.length === 0) return;
    last = rows.at(-1)?.id as number;
    yield rows.map(({ group_id, ...row }) => row);
  }
}

/** Adds anomalies, of hosts as they are known there; the first one of a group must come before or with the others. */
export async function insertAnomalies(target: Kysely<Schema>, rows: readonly CopiedAnomaly[]): Promise<void> {
  const inserted = await target
    .insertInto('anomaly')
    .values(rows.map(({ id, group_ms, ...row }) => row))
    .returning(['id', 'host_id', 'start_ms', 'metric', 'labels', 'unit'])
    .execute();
  const key = (row: Pick<CopiedAnomaly, 'host_id' | 'start_ms' | 'metric' | 'labels' | 'unit'>) =>
    JSON.stringify([row.host_id, row.start_ms, row.metric, row.labels, row.unit]);
  const ids = new Map(inserted.map((row) => [key(row), row.id]));
  const groups = Map.groupBy(rows, ({ host_id, group_ms }) => JSON.stringify([host_id, group_ms]));
  for (const members of groups.values()) {
    const [{ host_id, group_ms } = { host_id: 0, group_ms: null }] = members;
    if (group_ms === null) continue;
    const first = await firstOf(target, host_id, group_ms);
    const own = members.map((row) => ids.get(key(row)) as number);
    await target.updateTable('anomaly').set({ group_id: first }).where('id', 'in', own).execute();
  }
}

/** Of those that began with it, the one that was stored first is the group's first. */
async function firstOf(target: Kysely<Schema>, hostId: number, startMs: number): Promise<number | null> {
  const row = await target
    .selectFrom('anomaly')
    .select(({ fn }) => fn.min('id').as('id'))
    .where('host_id', '=', hostId)
    .where('start_ms', '=', startMs)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** All states of detectors after that one, in the order of their keys, one at a time. */
export async function* stateRows(
  db: Kysely<Schema>,
  [lastHost = -1, lastPiece = -1]: readonly number[],
): AsyncGenerator<Selectable<DetectorStateTable>, void> {
  for (let [hostId, piece] = [lastHost, lastPiece]; ; ) {
    const row = await db
      .selectFrom('detector_state')
      .selectAll()
      .where(({ eb, or, and }) =>
        or([eb('host_id', '>', hostId), and([eb('host_id', '=', hostId), eb('piece', '>', piece)])]),
      )
      .orderBy('host_id')
      .orderBy('piece')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return;
    [hostId, piece] = [row.host_id, row.piece];
    yield row;
  }
}
