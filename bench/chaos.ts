import { killAppends } from '../test/support/chaos/kill-appends.ts';
import { killCompactions } from '../test/support/chaos/kill-compactions.ts';
import { killMigrations } from '../test/support/chaos/kill-migrations.ts';
import { killRetention } from '../test/support/chaos/kill-retention.ts';
import { postgresStore, type StoreKind, sqliteStore } from '../test/support/chaos/open-at.ts';
import { copyProgram } from '../test/support/chaos/program-copy.ts';
import type { KillReport } from '../test/support/chaos/report.ts';
import { type TakeoverReport, takeOver } from '../test/support/chaos/takeover.ts';
import { startPostgres } from '../test/support/postgres-cluster.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';

const kills = { writes: killAppends, compaction: killCompactions, retention: killRetention, migration: killMigrations };
const seed = 20_261_124;
const takeoverLimitMs = 15_000;

/** What is lost when processes are killed or suspended and databases fail, on both stores; the programs are real. */
export async function run({ short, json }: BenchOptions): Promise<BenchResult[]> {
  await using cluster = await startPostgres();
  using program = copyProgram();
  const results: BenchResult[] = [];
  const told = (...some: BenchResult[]) => {
    results.push(...some);
    if (!json) for (const { bar } of some) console.log(`  done: ${bar}`);
  };
  for (const kind of [sqliteStore, postgresStore(() => cluster)]) {
    for (const [work, kill] of Object.entries(kills))
      told(killResult(kind, work, await kill(kind, { kills: short ? 4 : 20, seed })));
    const options = { program: program.path, kills: short ? 1 : 3, suspendMs: short ? 4_000 : 20_000 };
    told(...takeoverResults(kind, await takeOver(kind, options)));
  }
  return results;
}

function killResult({ name }: StoreKind, work: string, report: KillReport): BenchResult {
  const { kills, during, acknowledged, lost, doubled, wrong, contradictions } = report;
  const notes = Object.entries(report.notes ?? {}).map(([key, value]) => `, ${key} ${value}`);
  return {
    bar: `${name}: kill -9 during ${work}, ${kills} times: 0 acknowledged samples lost or doubled`,
    figure:
      `${lost} lost, ${doubled} doubled, ${wrong} wrong of ${acknowledged.toLocaleString('en')}, ` +
      `${contradictions.length} contradictions in the tables; ${during} kills while it was under way${notes.join('')}`,
    pass: lost + doubled + wrong + contradictions.length === 0 && acknowledged > 0,
  };
}

function takeoverResults({ name }: StoreKind, report: TakeoverReport): BenchResult[] {
  const { ownerMs, storedMs, looks, mostOwners, stores, strangers, lost, readings, longestGapMs } = report;
  const seconds = (times: readonly number[]) => times.map((ms) => (ms / 1000).toFixed(1)).join(', ');
  return [
    {
      bar: `${name}: of four servers never two own or store at a time`,
      figure: `at most ${mostOwners} in ${looks} looks, ten a second; ${strangers} of ${stores} seen writes by who did not own`,
      pass: mostOwners === 1 && strangers === 0 && stores > 0,
    },
    {
      bar: `${name}: a new owner within ${takeoverLimitMs / 1000} s of a kill -9`,
      figure: `after ${seconds(ownerMs)} s, its first reading stored after ${seconds(storedMs)} s`,
      pass: [...ownerMs, ...storedMs].every((ms) => ms <= takeoverLimitMs),
    },
    {
      bar: `${name}: kills and takeovers lose no reading`,
      figure: `${lost} of ${readings} stored ones lost; longest gap ${longestGapMs} ms at one a second`,
      pass: lost === 0 && longestGapMs < 2_000,
    },
    {
      bar: `${name}: nobody stores beside a suspended owner`,
      figure: `${report.storedWhileSuspended} readings, ${report.othersWhileSuspended} other owners meanwhile; a gap of ${report.suspendedGapMs} ms`,
      pass: report.storedWhileSuspended + report.othersWhileSuspended === 0,
    },
  ];
}

if (import.meta.main) await runDirectly(run);
