import { setTimeout } from 'node:timers/promises';
import { hourMs } from '../../../src/metrics/chunk-key.ts';
import { createMetricStore, type MetricStore } from '../../../src/metrics/metric-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { createRandom } from '../random.ts';
import { startChild } from './child.ts';
import { noteImports, startImports } from './imports.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { openAt, type StoreKind } from './open-at.ts';
import { type KillOptions, type KillReport, mostTries } from './report.ts';
import { examine } from './stored.ts';
import { createReadings, seriesFrom, startMs } from './workload.ts';

const series = 300;
const readingsPerHour = 60;
const hoursPerRound = 6;

/**
 * Kills the owner at random moments of its compacting, while another process imports into the same hours; that one is
 * killed too, now and then.
 */
export async function killCompactions(kind: StoreKind, { kills, seed }: KillOptions): Promise<KillReport> {
  using place = await kind.newPlace();
  await using database = await openAt(place.where);
  const store = createMetricStore(database);
  const random = createRandom(seed);
  const ledger = createLedger();
  const range = { series, fromMs: startMs, hours: hoursPerRound * (kills + 1) };
  const counts = { during: 0, halfDone: 0, wholeMs: 0 };
  let firstImport = 0;
  let round = 0;
  for (; counts.during < kills && round <= mostTries * kills; round += 1) {
    await appendHours(store, ledger, round);
    await using imports = startImports(place.where, firstImport, range);
    await imports.printed('ok');
    const before = await journalHours(database);
    await using owner = startChild('compact', [place.where, startMs + (round + 1) * hoursPerRound * hourMs]);
    await owner.printed('begin');
    const began = performance.now();
    if (round > 0) await setTimeout(counts.wholeMs * random.uniform());
    else {
      await owner.printed('done');
      counts.wholeMs = Math.round(performance.now() - began);
    }
    await Promise.all([owner.kill(), imports.kill()]);
    const after = await journalHours(database);
    if (round > 0 && owner.lines.length === 1) counts.during += 1;
    if (after > 0 && after < before) counts.halfDone += 1;
    firstImport = noteImports(imports, ledger, firstImport, range);
  }
  await using owner = startChild('compact', [place.where, startMs + round * hoursPerRound * hourMs]);
  await owner.printed('done');
  const found = await examine(database, ledger);
  const contradictions = [...found.contradictions];
  if ((await journalHours(database)) > 0) contradictions.push('the journal was not compacted in the end');
  const { during, ...notes } = { ...counts, imports: firstImport };
  return { kills: round - 1, during, acknowledged: ledger.acknowledged(), notes, ...found, contradictions };
}

/** Adds the readings of a round's hours. */
async function appendHours(store: MetricStore, ledger: Ledger, round: number): Promise<void> {
  const written = seriesFrom(0, series);
  const readingAt = createReadings(written);
  const stepMs = hourMs / readingsPerHour;
  for (const hour of seriesFrom(round * hoursPerRound, hoursPerRound)) {
    const times = seriesFrom(0, readingsPerHour).map((i) => startMs + hour * hourMs + i * stepMs);
    await store.append(times.map(readingAt));
    ledger.acknowledge(written, times);
  }
}

async function journalHours({ db }: Database): Promise<number> {
  const rows = await db.selectFrom('journal').select('time_ms').execute();
  return new Set(rows.map(({ time_ms }) => Math.floor(time_ms / hourMs))).size;
}
