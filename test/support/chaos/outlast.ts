import type { PostgresCluster } from '../postgres-cluster.ts';
import { programCommand } from '../program.ts';
import { openStdio, type StdioSession } from '../stdio-session.ts';
import { temporaryDir } from '../temporary-dir.ts';
import { until } from '../until.ts';
import { type CallReport, callFor } from './calls.ts';
import type { Outage } from './outages.ts';
import { gapsOf } from './readings.ts';

export interface OutlastOptions {
  /** The built program; its own place when left out. */
  readonly program?: string;
  readonly outageMs: number;
  /** What neither an answer nor the log may contain. */
  readonly secrets: readonly string[];
  /** What no answer may contain. */
  readonly driverWords: readonly string[];
}

export interface OutlastReport extends CallReport {
  readonly outage: string;
  /** Whether the program logged that readings could not be stored. */
  readonly logged: boolean;
  /** From the end of the outage to the first reading after it that is stored. */
  readonly recoveredMs: number;
  /** Stored readings from before the outage to after it, at one a second, and the longest time between two. */
  readonly readings: number;
  readonly longestGapMs: number;
}

/** Runs one program through outages of its database, one after the other, and looks for its readings after each. */
export async function outlast(
  cluster: PostgresCluster,
  outages: readonly Outage[],
  { program, ...options }: OutlastOptions,
): Promise<OutlastReport[]> {
  using data = temporaryDir();
  const url = await cluster.createDatabase();
  const { command, args, env } = programCommand(data.path, 'stdio');
  const words = program === undefined ? args : [program, ...args.slice(1)];
  await using session = openStdio({ command, args: words, env: { ...env, OPENMANAGER_DATABASE_URL: url } });
  await session.initialize();
  await until('three readings', async () => (await storedTimes(cluster, url)).length >= 3);
  const reports: OutlastReport[] = [];
  for (const outage of outages) reports.push(await outlastOne(cluster, url, session, outage, options));
  return reports;
}

async function outlastOne(
  cluster: PostgresCluster,
  url: string,
  session: StdioSession,
  outage: Outage,
  { outageMs, secrets, driverWords }: Omit<OutlastOptions, 'program'>,
): Promise<OutlastReport> {
  const beforeMs = (await storedTimes(cluster, url)).at(-1) ?? 0;
  const logBefore = session.stderr().length;
  const end = await outage.begin(cluster, url);
  const calls = await callFor(outageMs, session, [...secrets, ...driverWords]);
  await end();
  const endedMs = Date.now();
  const storedAfter = async (ms: number) => (await storedTimes(cluster, url)).some((timeMs) => timeMs > ms);
  await until('a reading after the outage', () => storedAfter(endedMs), 90_000);
  const recoveredMs = Date.now() - endedMs;
  await until('one more', () => storedAfter(endedMs + recoveredMs));
  const report = await calls.answered();
  const times = (await storedTimes(cluster, url)).filter((timeMs) => timeMs >= beforeMs);
  const leaks = secrets.filter((secret) => session.stderr().includes(secret)).map(() => 'the log has a secret');
  return {
    ...report,
    outage: outage.name,
    unsafe: [...report.unsafe, ...leaks],
    logged: session.stderr().slice(logBefore).includes('readings cannot be stored'),
    recoveredMs,
    readings: times.length,
    longestGapMs: Math.max(...gapsOf(times).map(({ fromMs, toMs }) => toMs - fromMs)),
  };
}

async function storedTimes(cluster: PostgresCluster, url: string): Promise<number[]> {
  try {
    const rows = await cluster.query('select time_ms from journal order by time_ms', url);
    return rows.map(({ time_ms }) => Number(time_ms));
  } catch {
    // Not created yet, or the server is still coming back.
    return [];
  }
}
