import { hourMs } from '../../src/metrics/chunk-key.ts';
import { createMetricStore } from '../../src/metrics/metric-store.ts';
import type { Database } from '../../src/storage/database.ts';
import { readingOf } from '../unit/storage/support.ts';

const hosts = ['web-1', 'web-2'];
const hours = 5;

/** Chunks, readings, audit entries, forecasts and settings of two hosts, several batches of each; ids that do not begin at 1. */
export async function fillStore(database: Database, seriesOfHost = 60): Promise<void> {
  const { db } = database;
  const gone = await db.insertInto('host').values({ name: 'gone' }).returning('id').executeTakeFirstOrThrow();
  await db
    .insertInto('series')
    .values({ host_id: gone.id, metric: 'm', labels: '{}', unit: '1', first_ms: null, last_ms: null })
    .execute();
  await db.deleteFrom('series').execute();
  await db.deleteFrom('host').execute();
  const store = createMetricStore(database);
  const values = (timeMs: number) =>
    Array.from({ length: seriesOfHost }, (_, i) => Math.sin(timeMs + i) * 10 ** (i % 9));
  for (const host of hosts) {
    const times = Array.from({ length: hours * 2 }, (_, i) => i * (hourMs / 2));
    await store.append(
      [...times, ...Array.from({ length: 250 }, (_, i) => hours * hourMs + i)].map((timeMs) =>
        readingOf(host, timeMs, values(timeMs)),
      ),
    );
  }
  const owner = database.ownership('maintain');
  await owner.tryAcquire();
  await store.compact(owner, hours * hourMs, new AbortController().signal);
  await owner.release();
  for (let at = 0; at < 1_200; at += 600)
    await db
      .insertInto('audit')
      .values(Array.from({ length: 600 }, (_, i) => entry(at + i)))
      .execute();
  await fillForecasts(db);
  await fillAnomalies(db);
  await db.insertInto('setting').values({ key: 'rules', value: '["ü"]', changed_by: 'me', changed_ms: 7 }).execute();
}

/** Some that wait for the truth, and some that were checked. */
async function fillForecasts(db: Database['db']): Promise<void> {
  const horizon = 60;
  const track = (i: number) => ({
    key: `track-${i}`,
    host: hosts[i % 2] ?? '',
    metric: `m${i}`,
    labels: '{"ü":"%"}',
    unit: '1',
    step_ms: 60_000,
    horizon,
    level: 0.95,
    asked_ms: i,
    scheduled_ms: 0,
    preference: i === 0 ? '{"model":"naive"}' : null,
  });
  const forecast = (i: number) => ({
    track: `track-${i % 7}`,
    start_ms: i,
    end_ms: i + 1,
    horizon,
    issued_ms: i,
    scheduled: i % 2,
    level: 0.95,
    baseline: 'naive',
    models: '[["naive",0]]',
    scale: i / 3,
  });
  const waiting = (i: number) => {
    return {
      ...forecast(i),
      predictions: Uint8Array.from({ length: 8 * horizon }, (_, at) => (i + at) % 256),
      due_ms: i,
    };
  };
  const checked = (i: number) => {
    return { ...forecast(i), resolved_ms: i, known: 60, inside: 57, mase: i / 7, losses: '[["naive",1,null]]' };
  };
  await db
    .insertInto('forecast_track')
    .values(Array.from({ length: 7 }, (_, i) => track(i)))
    .execute();
  for (const rows of [
    Array.from({ length: 300 }, (_, i) => waiting(i)),
    Array.from({ length: 300 }, (_, i) => checked(300 + i)),
  ])
    await db.insertInto('forecast').values(rows).execute();
}

/** Groups of three on either host, and a few states of detectors. */
async function fillAnomalies(db: Database['db']): Promise<void> {
  const ids = await db.selectFrom('host').selectAll().orderBy('name').execute();
  const state = { format: 1, time_ms: 7, data: Uint8Array.of(1, 2, 3, 200) };
  for (const [place, { id: hostId }] of ids.entries()) {
    const anomaly = (i: number) => ({
      host_id: hostId,
      metric: `m${i}`,
      labels: '{"ü":"%"}',
      unit: '1',
      start_ms: 10 * i + place,
      end_ms: i % 2 === 0 ? null : 10 * i + 5,
      last_ms: 10 * i + 4,
      peak_ms: 10 * i + 1,
      value: i / 3,
      expected: i % 5 === 0 ? null : 1,
      score: 0.5 + i / 10_000,
      severity: 'low',
      direction: 'high',
      hypotheses: i % 3 === 0 ? '[{"kind":"miner","evidence":"ü"}]' : null,
    });
    const rows = Array.from({ length: 600 }, (_, i) => anomaly(i));
    const stored = await db.insertInto('anomaly').values(rows).returning('id').execute();
    const all = stored.map(({ id }) => id).sort((a, b) => a - b);
    for (let i = 0; i < all.length; i += 3)
      await db
        .updateTable('anomaly')
        .set({ group_id: all[i] ?? null })
        .where('id', 'in', all.slice(i, i + 3))
        .execute();
    for (const piece of [0, 1])
      await db
        .insertInto('detector_state')
        .values({ host_id: hostId, piece, ...state })
        .execute();
  }
  // The first one of a group is too old, the others are not yet.
  await db.deleteFrom('anomaly').where('start_ms', '<', 10).execute();
}

const entry = (timeMs: number) => ({
  time_ms: timeMs,
  subject: `someone-${timeMs % 7}`,
  roles: '["viewer"]',
  transport: 'http',
  session: timeMs % 2 === 0 ? null : 's',
  kind: 'tool',
  action: 'query_metrics',
  arguments: JSON.stringify({ at: timeMs }),
  decision: 'allow',
  outcome: 'ok',
  error_code: null,
  duration_ms: timeMs / 3,
});

/** All that is stored, told without ids. */
export async function contentOf(database: Database) {
  const { db } = database;
  const store = createMetricStore(database);
  const all = { fromMs: 0, toMs: Number.POSITIVE_INFINITY };
  const samples: Record<string, unknown> = {};
  for (const { host } of await store.hosts()) {
    const series = await store.series({ host });
    const read = await store.read({ host, seriesIds: series.map(({ id }) => id), ...all });
    for (const { id, ...rest } of series) samples[`${host} ${rest.metric}`] = { ...rest, ...read.get(id) };
  }
  const audit = await db.selectFrom('audit').selectAll().orderBy('id').execute();
  const settings = await db.selectFrom('setting').selectAll().where('key', '<>', 'copy').orderBy('key').execute();
  const tracks = await db.selectFrom('forecast_track').selectAll().orderBy('key').execute();
  const forecasts = await db.selectFrom('forecast').selectAll().orderBy('id').execute();
  const anomalies = await db
    .selectFrom('anomaly')
    .innerJoin('host', 'host.id', 'anomaly.host_id')
    .leftJoin('anomaly as first', 'first.id', 'anomaly.group_id')
    .selectAll('anomaly')
    .select(['name', 'first.metric as group'])
    .orderBy('anomaly.id')
    .execute();
  const states = await db
    .selectFrom('detector_state')
    .innerJoin('host', 'host.id', 'detector_state.host_id')
    .select(['name', 'piece', 'format', 'time_ms', 'data'])
    .orderBy('name')
    .orderBy('piece')
    .execute();
  const count = async (table: 'chunk' | 'journal' | 'layout') =>
    (await db.selectFrom(table).select(db.fn.countAll().as('n')).executeTakeFirstOrThrow()).n;
  const counts = [await count('chunk'), await count('journal'), await count('layout')].map(Number);
  const withoutId = <T extends { id: number }>({ id, ...row }: T) => row;
  return {
    samples,
    counts,
    settings,
    tracks,
    forecasts: forecasts.map(withoutId),
    audit: audit.map(withoutId),
    anomalies: anomalies.map(({ id, host_id, group_id, ...row }) => row),
    states: states.map(({ data, ...row }) => ({ ...row, data: [...data] })),
  };
}
