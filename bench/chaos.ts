import type { CallReport } from '../test/support/chaos/calls.ts';
import {
  type FullDiskReport,
  limitedFiles,
  outlastFullDisk,
  smallFileSystem,
} from '../test/support/chaos/full-disk.ts';
import { killAppends } from '../test/support/chaos/kill-appends.ts';
import { killCompactions } from '../test/support/chaos/kill-compactions.ts';
import { killMigrations } from '../test/support/chaos/kill-migrations.ts';
import { killRetention } from '../test/support/chaos/kill-retention.ts';
import { postgresStore, type StoreKind, sqliteStore } from '../test/support/chaos/open-at.ts';
import { outages, smallServer } from '../test/support/chaos/outages.ts';
import { type OutlastReport, outlast } from '../test/support/chaos/outlast.ts';
import { copyProgram } from '../test/support/chaos/program-copy.ts';
import type { KillReport } from '../test/support/chaos/report.ts';
import { type TakeoverReport, takeOver } from '../test/support/chaos/takeover.ts';
import { outliveMachine } from '../test/support/chaos/vanish.ts';
import { startPostgres } from '../test/support/postgres-cluster.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';

const kills = { writes: killAppends, compaction: killCompactions, retention: killRetention, migration: killMigrations };
const seed = 20_261_124;
const takeoverLimitMs = 15_000;
/** What live calls wait at most for a database that does not answer, and a busy machine. */
const liveLimitMs = 5_000;
const password = 'not:to@be/told';
const secrets = [password, encodeURIComponent(password)];
const driverWords = ['ECONN', 'terminat', 'sorry', 'read-only transaction'];

/** What is lost when processes are killed or suspended and databases fail, on both stores; the programs are real. */
export async function run({ short, json }: BenchOptions): Promise<BenchResult[]> {
  await using cluster = await startPostgres({ password, settings: smallServer.settings });
  using program = copyProgram();
  const results: BenchResult[] = [];
  const told = (...some: BenchResult[]) => {
    results.push(...some);
    if (!json) for (const { bar } of some) console.log(`  done: ${bar}`);
  };
  const wanted = short ? 4 : 20;
  for (const kind of [sqliteStore, postgresStore(() => cluster)]) {
    for (const [work, kill] of Object.entries(kills))
      told(killResult(kind, work, await kill(kind, { kills: wanted, seed }), wanted));
    const options = { program: program.path, kills: short ? 1 : 2, suspendMs: short ? 4_000 : 20_000 };
    told(...takeoverResults(kind, await takeOver(kind, options)));
  }
  const outageMs = short ? 3_000 : 10_000;
  const options = { program: program.path, outageMs, secrets, driverWords };
  for (const report of await outlast(cluster, Object.values(outages), options)) told(outageResult(report, outageMs));
  told(machineResult(await outliveMachine(short ? 20_000 : 60_000)));
  await using room = (await smallFileSystem()) ?? limitedFiles();
  told(diskResult(room.name, await outlastFullDisk(room, { program: program.path, outageMs })));
  return results;
}

function killResult({ name }: StoreKind, work: string, report: KillReport, wanted: number): BenchResult {
  const { kills, during, acknowledged, lost, doubled, wrong, contradictions } = report;
  const notes = Object.entries(report.notes ?? {}).map(([key, value]) => `, ${key} ${value}`);
  return {
    bar: `${name}: kill -9 during ${work}, ${wanted} times: 0 acknowledged samples lost or doubled`,
    figure:
      `${lost} lost, ${doubled} doubled, ${wrong} wrong of ${acknowledged.toLocaleString('en')}, ` +
      `${contradictions.length} contradictions in the tables; ${during} of ${kills} kills while it was under way${notes.join('')}`,
    pass: lost + doubled + wrong + contradictions.length === 0 && acknowledged > 0 && during >= wanted,
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
      bar: `${name}: nobody stores beside a suspended owner, and what others read meanwhile is stored after it`,
      figure: `${report.storedWhileSuspended} readings, ${report.othersWhileSuspended} other owners meanwhile; longest gap in the end ${report.suspendedGapMs} ms`,
      pass: report.storedWhileSuspended + report.othersWhileSuspended === 0 && report.suspendedGapMs < 2_000,
    },
  ];
}

function outageResult(report: OutlastReport, outageMs: number): BenchResult {
  return {
    bar: `PostgreSQL ${report.outage} for ${outageMs / 1000} s: this host is answered for, errors are safe, no reading is lost`,
    figure: `${callFigure(report)}; stored again after ${(report.recoveredMs / 1000).toFixed(1)} s; ${gapFigure(report)}`,
    pass: callsPass(report) && report.longestGapMs < 2_000,
  };
}

function machineResult(ms: number | undefined): BenchResult {
  const figure = ms === undefined ? 'needs the right to make network namespaces' : `after ${(ms / 1000).toFixed(1)} s`;
  const bar = `PostgreSQL: a new owner within ${takeoverLimitMs / 1000} s when the machine of the owner vanishes`;
  return { bar, figure, pass: ms === undefined ? null : ms <= takeoverLimitMs };
}

function diskResult(room: string, report: FullDiskReport): BenchResult {
  return {
    bar: 'SQLite on a full disk: this host is answered for, errors are safe, no reading is lost',
    figure: `${room}; ${callFigure(report)}; ${gapFigure(report)}`,
    pass: callsPass(report) && report.longestGapMs < 2_000,
  };
}

function callsPass({ liveCalls, refusedLive, slowestLiveMs, unsafe }: CallReport): boolean {
  return liveCalls > 0 && refusedLive.length + unsafe.length === 0 && slowestLiveMs < liveLimitMs;
}

function callFigure({ liveCalls, refusedLive, slowestLiveMs, unsafe, historyAnswers }: CallReport): string {
  const answers = Object.entries(historyAnswers).map(([code, count]) => `${count} ${code}`);
  return (
    `${refusedLive.length} of ${liveCalls} calls refused, the slowest took ${slowestLiveMs} ms; ` +
    `of the past ${answers.join(', ')}; ${unsafe.length} unsafe answers`
  );
}

function gapFigure({ readings, longestGapMs }: { readonly readings: number; readonly longestGapMs: number }): string {
  return `longest gap ${longestGapMs} ms in ${readings} readings`;
}

if (import.meta.main) await runDirectly(run);
