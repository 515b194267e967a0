import { type Kysely, sql } from 'kysely';
import type { Descriptor, Labels } from '../../core/series.ts';
import type { Schema } from '../../storage/schema.ts';
import { canonicalLabels, seriesKey } from '../series-key.ts';
import type { Episode, Peak } from './episode.ts';
import type { Hypothesis } from './hypothesis.ts';
import { type Severity, severityOf } from './severity.ts';

/** An anomaly that was flagged when its samples arrived. Times are milliseconds since the epoch. */
export interface StoredAnomaly extends Descriptor {
  readonly id: number;
  readonly host: string;
  /** When it was flagged: at its first odd sample. */
  readonly startMs: number;
  /** Of the first sample after its last odd one; null while it lasts. */
  readonly endMs: number | null;
  /** Of its newest odd sample that is known. */
  readonly lastMs: number;
  readonly peak: Peak;
  readonly severity: Severity;
  readonly direction: 'high' | 'low';
  /** The id of the first one of those that began together. */
  readonly group: number;
  /** What its group may mean. */
  readonly hypotheses: readonly Hypothesis[];
}

export interface AnomalyFilter {
  readonly host?: string | undefined;
  /** Those that lasted at any time from `fromMs` to before `toMs`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The latest ones. */
  readonly limit: number;
}

/** Ordered by their start, the latest first. */
export async function readAnomalies(db: Kysely<Schema>, filter: AnomalyFilter): Promise<StoredAnomaly[]> {
  const { host, fromMs, toMs, limit } = filter;
  const rows = await db
    .selectFrom('anomaly')
    .innerJoin('host', 'host.id', 'anomaly.host_id')
    .leftJoin('anomaly as first', 'first.id', 'anomaly.group_id')
    .selectAll('anomaly')
    .select(['host.name as host', 'first.hypotheses as suspected'])
    .$if(host !== undefined, (query) => query.where('host.name', '=', host as string))
    .where('anomaly.start_ms', '<', wholeTime(toMs))
    .where(({ eb, or }) => or([eb('anomaly.end_ms', 'is', null), eb('anomaly.end_ms', '>', wholeTime(fromMs))]))
    .orderBy('anomaly.start_ms', 'desc')
    .orderBy('anomaly.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ id, host, metric, labels, unit, suspected, ...row }) => ({
    id,
    host,
    metric,
    labels: JSON.parse(labels) as Labels,
    unit,
    startMs: row.start_ms,
    endMs: row.end_ms,
    lastMs: row.last_ms,
    peak: {
      timeMs: row.peak_ms,
      value: row.value,
      expected: row.expected ?? Number.NaN,
      lower: row.lower ?? Number.NaN,
      upper: row.upper ?? Number.NaN,
      score: row.score,
    },
    severity: row.severity as Severity,
    direction: row.direction as StoredAnomaly['direction'],
    group: row.group_id ?? id,
    hypotheses: JSON.parse(suspected ?? '[]') as Hypothesis[],
  }));
}

/**
 * Stores what became of an anomaly, which is known by its series and start.
 * @param groupId undefined for the first one of a group.
 * @returns the id of its group: what was stored before keeps its own.
 */
export async function saveEpisode(
  db: Kysely<Schema>,
  hostId: number,
  episode: Episode,
  groupId: number | undefined,
): Promise<number> {
  const { metric, labels, unit } = episode.series;
  const identity = { host_id: hostId, start_ms: episode.startMs, metric, labels: canonicalLabels(labels), unit };
  const state = stateOf(episode);
  const { id, group_id } = await db
    .insertInto('anomaly')
    .values({ ...identity, ...state, group_id: groupId ?? null })
    .onConflict((conflict) => conflict.columns(['host_id', 'start_ms', 'metric', 'labels', 'unit']).doUpdateSet(state))
    .returning(['id', 'group_id'])
    .executeTakeFirstOrThrow();
  if (group_id !== null) return group_id;
  await db.updateTable('anomaly').set({ group_id: id }).where('id', '=', id).execute();
  return id;
}

/** Ends a host's anomalies but those, with their last odd samples; returns how many there were. */
export async function endOthers(db: Kysely<Schema>, hostId: number, open: readonly Episode[]): Promise<number> {
  const key = (startMs: number, series: string) => `${startMs} ${series}`;
  const kept = new Set(open.map(({ startMs, series }) => key(startMs, seriesKey(series))));
  const stored = await db
    .selectFrom('anomaly')
    .select(['id', 'metric', 'labels', 'unit', 'start_ms'])
    .where('host_id', '=', hostId)
    .where('end_ms', 'is', null)
    .execute();
  const over = stored
    .filter(({ start_ms, labels, ...named }) => {
      return !kept.has(key(start_ms, seriesKey({ ...named, labels: JSON.parse(labels) as Labels })));
    })
    .map(({ id }) => id);
  for (const id of over)
    await db
      .updateTable('anomaly')
      .set(({ ref }) => ({ end_ms: ref('last_ms') }))
      .where('id', '=', id)
      .execute();
  return over.length;
}

/** The id of the group of a host that began at `startMs`; undefined when none of it is stored. */
export async function findGroupId(db: Kysely<Schema>, host: string, startMs: number): Promise<number | undefined> {
  const first = await db
    .selectFrom('anomaly')
    .innerJoin('host', 'host.id', 'anomaly.host_id')
    .select('anomaly.group_id')
    .where('host.name', '=', host)
    .where('anomaly.start_ms', '=', startMs)
    .where('anomaly.group_id', 'is not', null)
    .orderBy('anomaly.id')
    .limit(1)
    .executeTakeFirst();
  return first?.group_id ?? undefined;
}

/** Stores what a group may mean. */
export async function saveHypotheses(
  db: Kysely<Schema>,
  groupId: number,
  hypotheses: readonly Hypothesis[],
): Promise<void> {
  await db
    .updateTable('anomaly')
    .set({ hypotheses: hypotheses.length === 0 ? null : JSON.stringify(hypotheses) })
    .where('id', '=', groupId)
    .execute();
}

function stateOf({ endMs, lastMs, peak }: Episode) {
  const { timeMs, value, expected, lower, upper, score } = peak;
  return {
    end_ms: endMs,
    last_ms: lastMs,
    peak_ms: timeMs,
    value,
    expected: known(expected),
    lower: known(lower),
    upper: known(upper),
    score,
    severity: severityOf(score),
    direction: value >= expected ? 'high' : 'low',
  };
}

/** As the databases take it. */
function wholeTime(timeMs: number): number {
  return Math.ceil(Math.min(Math.max(timeMs, 0), Number.MAX_SAFE_INTEGER));
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The most that is kept, of all hosts: some 20 MB. */
const keptInAll = 50_000;

/** Deletes anomalies that began before `beforeMs`, and the oldest of those that are too many. */
export async function deleteOldAnomalies(db: Kysely<Schema>, beforeMs: number): Promise<void> {
  await db.deleteFrom('anomaly').where('start_ms', '<', wholeTime(beforeMs)).execute();
  await sql`
    delete from anomaly where id <= (select id from anomaly order by id desc limit 1 offset ${keptInAll})`.execute(db);
}
