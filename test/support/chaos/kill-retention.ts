import { setTimeout } from 'node:timers/promises';
import { hourMs } from '../../../src/metrics/chunk-key.ts';
import { createMetricStore, type MetricStore } from '../../../src/metrics/metric-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { createRandom } from '../random.ts';
import { type Child, startChild } from './child.ts';
import { noteImports, refusedImports, startImports } from './imports.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { openAt, type StoreKind } from './open-at.ts';
import { type KillOptions, type KillReport, mostTries } from './report.ts';
import { examine, type Found } from './stored.ts';
import { batchesAt, createReadings, type ImportRange, seriesFrom, startMs } from './workload.ts';

/** Series that report all the time, and as many that do so in one round only. */
const lasting = 400;
const hoursPerRound = 14;
const roundMs = hoursPerRound * hourMs;

/**
 * Kills the owner at random moments of its deleting what is older than the last round, while another process imports
 * into that round. After each kill all that is newer is looked for, and after the last one what is older, too.
 */
export async function killRetention(kind: StoreKind, { kills, seed }: KillOptions): Promise<KillReport> {
  using place = await kind.newPlace();
  await using database = await openAt(place.where);
  const store = createMetricStore(database);
  const random = createRandom(seed);
  const ledger = createLedger();
  const contradictions: string[] = [];
  const counts = { during: 0, refused: 0, wholeMs: 0, partly: 0, lost: 0 };
  let firstImport = 0;
  await addRound(store, ledger, 0);
  let round = 1;
  for (; counts.during < kills && round <= mostTries * kills + 1; round += 1) {
    await addRound(store, ledger, round);
    const fromMs = startMs + round * roundMs;
    const range: ImportRange = { series: lasting, fromMs, hours: hoursPerRound };
    await using imports = startImports(place.where, firstImport, range);
    await imports.printed('ok');
    const before = await oldChunks(database, fromMs);
    await using owner = startChild('delete-old', [place.where, fromMs]);
    await owner.printed('begin');
    const began = performance.now();
    if (round > 1) await setTimeout(counts.wholeMs * random.uniform());
    else {
      await owner.printed('done');
      counts.wholeMs = performance.now() - began;
    }
    await Promise.all([owner.kill(), imports.kill()]);
    if (round > 1 && !isDone(owner)) counts.during += 1;
    const after = await oldChunks(database, fromMs);
    if (after > 0 && after < before) counts.partly += 1;
    counts.refused += refusedImports(imports);
    firstImport = noteImports(imports, ledger, firstImport, range);
    const found = await examine(database, ledger, fromMs);
    counts.lost += found.lost;
    contradictions.push(...found.contradictions);
  }
  const fromMs = startMs + (round - 1) * roundMs;
  const found = await lastRound(database, place.where, ledger, fromMs);
  return {
    ...found,
    kills: round - 2,
    during: counts.during,
    acknowledged: ledger.acknowledged(fromMs),
    lost: counts.lost + found.lost,
    contradictions: [...contradictions, ...found.contradictions],
    notes: {
      partly: counts.partly,
      imports: firstImport,
      refused: counts.refused,
      wholeMs: Math.round(counts.wholeMs),
    },
  };
}

function isDone({ lines }: Child): boolean {
  return lines.some((line) => line.startsWith('done'));
}

/** Deletes once more, undisturbed: nothing older may be left, and no series without samples. */
async function lastRound(database: Database, where: string, ledger: Ledger, fromMs: number): Promise<Found> {
  await using owner = startChild('delete-old', [where, fromMs]);
  await owner.printed('done');
  const found = await examine(database, ledger, fromMs);
  const contradictions = [...found.contradictions];
  const left = await oldChunks(database, fromMs);
  if (left > 0) contradictions.push(`${left} chunks are older than what is kept`);
  const old = await database.db.selectFrom('journal').select('time_ms').where('time_ms', '<', fromMs).execute();
  if (old.length > 0) contradictions.push(`${old.length} readings are older than what is kept`);
  const series = await database.db.selectFrom('series').select('id').execute();
  if (series.length !== 2 * lasting) contradictions.push(`${series.length} series are left of ${2 * lasting}`);
  return { ...found, contradictions };
}

/** Chunks of every hour of a round, and two readings: at its begin and near its end. */
async function addRound(store: MetricStore, ledger: Ledger, round: number): Promise<void> {
  const fromMs = startMs + round * roundMs;
  const series = [...seriesFrom(0, lasting), ...seriesFrom(1_000 * (round + 1), lasting)];
  const times = seriesFrom(0, hoursPerRound).map((hour) => fromMs + hour * hourMs + 1_000);
  await store.insert(batchesAt(series, times));
  const readings = [fromMs + 2_000, fromMs + roundMs - 1_000].map(createReadings(series));
  await store.append(readings);
  ledger.acknowledge(series, [...times, ...readings.map(({ timestampMs }) => timestampMs)]);
}

async function oldChunks({ db }: Database, beforeMs: number): Promise<number> {
  const before = (beforeMs / hourMs) * 2 ** 31;
  const { count } = await db
    .selectFrom('chunk')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('id', '<', before)
    .executeTakeFirstOrThrow();
  return Number(count);
}
