import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../core/clock.ts';
import { safeName } from '../../../core/text.ts';
import type { ProcessTable, ProcessUsage } from '../collector-source.ts';
import { selectTop } from '../top-processes.ts';

/** /proc/PID/stat counts in USER_HZ, which is 100 on every platform that Node runs on. */
const ticksPerSecond = 100;
/** Other work gets its turn after this many processes, about a millisecond. */
const batchSize = 64;
const maxStatBytes = 1024;

export interface ProcessReader {
  read(options: { cores: number; pageBytes: number }, signal: AbortSignal): Promise<ProcessTable | null>;
}

/** The processes of the host from /proc/PID/stat: name, status, processor time and memory; never the arguments. */
export function createProcessReader(root: string, clock: Clock): ProcessReader {
  const folder = join(root, 'proc');
  let last: Snapshot | null = null;
  return {
    async read({ cores, pageBytes }, signal) {
      const atMs = clock.monotonic();
      const found = await readAll(folder, signal);
      if (found === null) return null;
      const usages = found.map((process) => usageOf(process, last, { atMs, cores, pageBytes }));
      last = { atMs, ticks: new Map(found.map((process) => [identity(process), process.ticks])) };
      return {
        total: found.length,
        byStatus: countByStatus(found),
        ...selectTop(usages),
      };
    },
  };
}

/** What one /proc/PID/stat says. */
export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  /** Processor time since its start, in hundredths of a second. */
  readonly ticks: number;
  /** Hundredths of a second after the machine's start; with the pid it tells a process from a later one. */
  readonly startTicks: number;
  readonly residentPages: number;
}

interface Snapshot {
  readonly atMs: number;
  readonly ticks: ReadonlyMap<string, number>;
}

/** Parses /proc/PID/stat; null when it is damaged. The name stands in parentheses and may hold any character. */
export function parseProcessStat(text: string): ProcessStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  if (open < 0 || close < open || !(pid > 0)) return null;
  const fields = text.slice(close + 2).split(' ');
  const number = (field: number) => Number(fields[field - 3] ?? Number.NaN);
  const stat = {
    pid,
    name: safeName(text.slice(open + 1, close)),
    state: fields[0] ?? '',
    ticks: number(14) + number(15),
    startTicks: number(22),
    residentPages: number(24),
  };
  return stat.ticks >= 0 && stat.startTicks >= 0 && stat.residentPages >= 0 ? stat : null;
}

async function readAll(folder: string, signal: AbortSignal): Promise<ProcessStat[] | null> {
  const pids = listPids(folder);
  if (pids === null) return null;
  const buffer = Buffer.allocUnsafe(maxStatBytes);
  const found: ProcessStat[] = [];
  for (const [i, pid] of pids.entries()) {
    if (i % batchSize === batchSize - 1) await setImmediate();
    if (signal.aborted) return null;
    const stat = parseProcessStat(readStat(join(folder, pid, 'stat'), buffer));
    if (stat !== null) found.push(stat);
  }
  return found;
}

function listPids(folder: string): string[] | null {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return null;
  }
}

function readStat(path: string, buffer: Buffer): string {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, 0));
  } catch {
    // It ended between the listing and the read.
    return '';
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function usageOf(
  process: ProcessStat,
  last: Snapshot | null,
  now: { atMs: number; cores: number; pageBytes: number },
): ProcessUsage {
  const seconds = last === null ? Number.NaN : (now.atMs - last.atMs) / 1000;
  // A process that was not there at the last reading started from 0 since.
  const grownSeconds = (process.ticks - (last?.ticks.get(identity(process)) ?? 0)) / ticksPerSecond;
  const cpuUtilization = seconds > 0 ? Math.min(1, Math.max(0, grownSeconds / seconds / now.cores)) : Number.NaN;
  return { pid: process.pid, name: process.name, cpuUtilization, memoryBytes: process.residentPages * now.pageBytes };
}

function identity(process: ProcessStat): string {
  return `${process.pid}@${process.startTicks}`;
}

/** The states of proc(5) under OpenTelemetry's names where it has them; `blocked` waits for a device, `idle` is the kernel's. */
const statusOf: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'blocked',
  I: 'idle',
  T: 'stopped',
  t: 'stopped',
  Z: 'defunct',
  X: 'defunct',
};

function countByStatus(processes: readonly ProcessStat[]): Record<string, number> {
  const counts: Record<string, number> = { running: 0, sleeping: 0, blocked: 0, idle: 0, stopped: 0, defunct: 0 };
  for (const { state } of processes) {
    const status = statusOf[state] ?? 'unknown';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}
