import { loadavg } from 'node:os';
import { measureAccuracy } from './capacity/accuracy.ts';
import { type Cost, measureCost } from './capacity/cost.ts';
import { storeFleet } from './capacity/fleet.ts';
import { measureLong } from './capacity/long.ts';
import { measureTraces } from './capacity/traces.ts';
import { createPostgresEngine, createSqliteEngine, type Engine } from './storage/engines.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';

/** Of them one after the other: each fleet's cost a host beside that of the one before. */
const fleets = [250, 1_000, 4_000, 10_000];
const shortFleets = [30, 90];
const barHosts = 1_000;
const barSeconds = 60;

/** When resources run out: how right the dates are, and what ranking a fleet costs. */
export async function run({ short }: BenchOptions): Promise<BenchResult[]> {
  const results = [...measureAccuracy(300), ...(short ? [] : [measureLong(), measureTraces()])];
  for (const create of [async () => createSqliteEngine(), ...(short ? [] : [createPostgresEngine])]) {
    const created = await create();
    if (created === null) {
      results.push({ bar: 'PostgreSQL: all of its bars', figure: 'PostgreSQL is not installed', pass: null });
      continue;
    }
    await using engine = created;
    results.push(...(await measureFleets(engine, sizesFor(engine, short))));
  }
  if (short) results.push({ bar: 'PostgreSQL: all of its bars', figure: 'only without --short', pass: null });
  return results;
}

/** CAPACITY_HOSTS limits how many hosts are stored: 10,000 take a quarter of an hour and 3 GB. */
function sizesFor(engine: Engine, short: boolean): number[] {
  if (short) return shortFleets;
  const most = engine.name === 'SQLite' ? Number(process.env.CAPACITY_HOSTS ?? 10_000) : barHosts;
  return fleets.filter((hosts) => hosts <= most);
}

async function measureFleets(engine: Engine, sizes: readonly number[]): Promise<BenchResult[]> {
  const costs: Cost[] = [];
  for (const hosts of sizes) {
    say(`${engine.name}: storing ${hosts} hosts`);
    await using place = await engine.createPlace();
    await storeFleet(place.database, hosts);
    await place.tidy();
    say(`${engine.name}: ranking ${hosts} hosts`);
    costs.push(await measureCost(place.database, hosts));
  }
  return [
    ...(sizes.includes(barHosts) ? [speed(engine, costs)] : []),
    growth(engine, costs),
    turns(engine, costs, sizes === shortFleets),
    hits(engine, costs),
  ];
}

function speed(engine: Engine, costs: readonly Cost[]): BenchResult {
  const one = costs.find(({ hosts }) => hosts === barHosts);
  const { wallSeconds = Number.NaN, cpuSeconds = Number.NaN, readingSeconds = Number.NaN } = one ?? {};
  return {
    bar: `${engine.name}: 1,000 hosts x 4 resources, 28 days at 5 minutes, cold <= ${barSeconds} s with two workers`,
    figure: `${wallSeconds.toFixed(1)} s; ${cpuSeconds.toFixed(1)} s of CPU, ${readingSeconds.toFixed(1)} s of them for reading; ${one?.progressCalls} times progress, ${one?.residentMb.toFixed(0)} MB resident`,
    pass: wallSeconds <= barSeconds,
  };
}

function growth(engine: Engine, costs: readonly Cost[]): BenchResult {
  const each = costs.map(({ cpuSeconds, hosts }) => (1000 * cpuSeconds) / hosts);
  const reading = costs.map(({ readingSeconds, hosts }) => (1000 * readingSeconds) / hosts);
  const ratio = (each.at(-1) ?? Number.NaN) / (each.at(-2) ?? Number.NaN);
  const list = costs.map(
    ({ hosts }, i) => `${hosts}: ${each[i]?.toFixed(1)} ms, of them reading ${reading[i]?.toFixed(1)}`,
  );
  return {
    bar: `${engine.name}: CPU a host grows <= 1.3 times from ${costs.at(-2)?.hosts} to ${costs.at(-1)?.hosts} hosts`,
    figure: `${ratio.toFixed(2)} (${list.join('; ')})`,
    pass: ratio <= 1.3,
  };
}

function turns(engine: Engine, costs: readonly Cost[], short: boolean): BenchResult {
  const longest = Math.max(...costs.map(({ longestTurnMs }) => longestTurnMs));
  return {
    bar: `${engine.name}: the event loop never works > 20 ms at a stretch`,
    figure: `${costs.map(({ hosts, longestTurnMs }) => `${hosts}: ${longestTurnMs.toFixed(1)} ms`).join(', ')}${short ? '; judged only without --short, as a busy machine makes it longer' : ''}`,
    pass: short ? null : longest <= 20,
  };
}

function hits(engine: Engine, costs: readonly Cost[]): BenchResult {
  const last = costs.at(-1);
  const { recall = Number.NaN, precision = Number.NaN } = last ?? {};
  return {
    bar: `${engine.name}: of what fills within 26 days >= 95 % is told, and >= 90 % of what is told fills then`,
    figure: `${(100 * recall).toFixed(1)} % and ${(100 * precision).toFixed(1)} % of ${last?.hosts} hosts`,
    pass: recall >= 0.95 && precision >= 0.9,
  };
}

/** stdout belongs to the results. */
function say(what: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what} (load ${loadavg()[0]?.toFixed(2)})`);
}

if (import.meta.main) await runDirectly(run);
