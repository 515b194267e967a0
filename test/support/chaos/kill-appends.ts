import { setTimeout } from 'node:timers/promises';
import { createRandom } from '../random.ts';
import { startChild } from './child.ts';
import { createLedger } from './ledger.ts';
import { openAt, type StoreKind } from './open-at.ts';
import type { KillOptions, KillReport } from './report.ts';
import { examine } from './stored.ts';
import { seriesFrom, startMs } from './workload.ts';

const series = 60;
/** What a process sends at most in one call. */
const largestGroup = 7;

/** Kills the owner at random moments while it appends readings; the next one goes on after it. */
export async function killAppends(kind: StoreKind, { kills, seed }: KillOptions): Promise<KillReport> {
  using place = await kind.newPlace();
  const random = createRandom(seed);
  const ledger = createLedger();
  const written = seriesFrom(0, series);
  let next = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await using owner = startChild('append', [place.where, series, next]);
    await owner.printed('');
    await setTimeout(200 * random.uniform());
    await owner.kill();
    const acknowledged = Number(owner.lines.at(-1));
    ledger.attempt(written, timesOf(next, acknowledged + largestGroup));
    ledger.acknowledge(written, timesOf(next, acknowledged));
    next = acknowledged + largestGroup;
  }
  await using database = await openAt(place.where);
  const found = await examine(database, ledger);
  return { kills, during: kills, acknowledged: ledger.acknowledged(), ...found };
}

function timesOf(from: number, to: number): number[] {
  return seriesFrom(from, to - from).map((number) => startMs + number * 1_000);
}
