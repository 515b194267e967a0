import { setTimeout } from 'node:timers/promises';
import type { Database } from '../../../src/storage/database.ts';
import type { StartedServer } from '../program.ts';
import { temporaryDir } from '../temporary-dir.ts';
import { until } from '../until.ts';
import { isPostgres, openAt, type StoreKind } from './open-at.ts';
import { type OwnerCounts, type OwnerWatch, watchOwners } from './owner-watch.ts';
import { viewOwners } from './owners.ts';
import { gapsOf, newestOf, readingsOf } from './readings.ts';
import { type Servers, startServers } from './servers.ts';

export interface TakeoverOptions {
  /** The built program; its own place when left out. */
  readonly program?: string;
  /** How many owners are killed, one after the other; fewer than three, so that one is left beside the last owner. */
  readonly kills: number;
  readonly suspendMs: number;
}

export interface TakeoverReport extends OwnerCounts {
  /** From each kill to the first sight of another owner, and to the first reading after the kill that is stored. */
  readonly ownerMs: readonly number[];
  readonly storedMs: readonly number[];
  /** Readings that were stored before a kill or a suspension, and are not the same at the end. */
  readonly lost: number;
  readonly readings: number;
  /** Longest time between two stored readings, apart from the suspension; and around it. */
  readonly longestGapMs: number;
  readonly suspendedGapMs: number;
  /** Readings stored, and others that owned or stored, while the owner was suspended. */
  readonly storedWhileSuspended: number;
  readonly othersWhileSuspended: number;
}

const serversAtOnce = 4;
const patienceMs = 15_000;

/** Four programs on one empty place, a reading a second: owners are killed, and the last one is suspended for a while. */
export async function takeOver(kind: StoreKind, options: TakeoverOptions): Promise<TakeoverReport> {
  using place = await kind.newPlace();
  using folder = temporaryDir();
  const dataDir = isPostgres(place.where) ? folder.path : place.where;
  await using servers = await startServers(serversAtOnce, place.where, dataDir, options.program);
  await using database = await openAt(place.where);
  await using view = await viewOwners(place.where, servers.processes);
  await using watch = watchOwners(view);
  const kept = new Map<number, string>();
  const took = { ownerMs: [] as number[], storedMs: [] as number[] };
  for (let kill = 0; kill < options.kills; kill += 1) {
    const owner = await until(
      'an owner that stores',
      async () => (await keep(database, kept)) > 3 * (kill + 1) && watch.owner(),
    );
    watch.watchWriters(true);
    const { ownerMs, storedMs } = await killOwner(servers.server(owner), database, watch);
    took.ownerMs.push(ownerMs);
    took.storedMs.push(storedMs);
  }
  const { stores } = watch.counts();
  await until('the last owner to store some times', () => watch.counts().stores >= stores + 3);
  await keep(database, kept);
  const suspension = await suspendOwner(servers, database, watch, options.suspendMs);
  const stored = await readingsOf(database);
  const gaps = gapsOf([...stored.keys()]);
  const isAround = ({ fromMs, toMs }: { fromMs: number; toMs: number }) =>
    fromMs < suspension.untilMs && toMs > suspension.fromMs;
  return {
    ...took,
    ...watch.counts(),
    lost: [...kept].filter(([timeMs, values]) => stored.get(timeMs) !== values).length,
    readings: stored.size,
    longestGapMs: longest(gaps.filter((gap) => !isAround(gap))),
    suspendedGapMs: longest(gaps.filter(isAround)),
    storedWhileSuspended: suspension.stored,
    othersWhileSuspended: suspension.others,
  };
}

/** Remembers what is stored, and returns how much that is. */
async function keep(database: Database, kept: Map<number, string>): Promise<number> {
  for (const [timeMs, values] of await readingsOf(database)) kept.set(timeMs, values);
  return kept.size;
}

async function killOwner(server: StartedServer, database: Database, watch: OwnerWatch) {
  const killedMs = Date.now();
  server.kill('SIGKILL');
  await until('another owner', () => ![undefined, server.pid].includes(watch.owner()), patienceMs);
  const ownerMs = Date.now() - killedMs;
  await until('its readings', async () => (await newestOf(database)) > killedMs, patienceMs);
  return { ownerMs, storedMs: Date.now() - killedMs };
}

/** Suspends the owner until it stores again, and others had time to store what they read meanwhile. */
async function suspendOwner(servers: Servers, database: Database, watch: OwnerWatch, suspendMs: number) {
  const owner = await until('an owner', () => watch.owner());
  const server = servers.server(owner);
  server.kill('SIGSTOP');
  const fromMs = Date.now();
  // What it had sent to PostgreSQL may still be stored.
  await setTimeout(500);
  const before = (await readingsOf(database)).size;
  await setTimeout(suspendMs - 500);
  const stored = (await readingsOf(database)).size - before;
  const others = watch.seenSince(fromMs).filter((pid) => pid !== owner).length;
  const untilMs = Date.now();
  // Others store now what they have of that time.
  watch.watchWriters(false);
  server.kill('SIGCONT');
  await until('its readings', async () => (await newestOf(database)) > untilMs + 4_000, patienceMs);
  return { fromMs, untilMs, stored, others };
}

function longest(gaps: readonly { fromMs: number; toMs: number }[]): number {
  return Math.max(0, ...gaps.map(({ fromMs, toMs }) => toMs - fromMs));
}
