import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCounter, share } from '../counters.ts';
import { addGauge, describeSeries, type Sample } from '../sample.ts';
import type { ProcFile, ProcFiles } from './proc-file.ts';

const microsecondsPerSecond = 1e6;

/**
 * Use of the cgroup (v2) that this process runs in, when the machine is a container or the cgroup has limits of its own.
 *
 * - `container.cpu.utilization`: share of the processor limit, or of the host's processors when there is none.
 * - `container.cpu.throttled`: share of the scheduling periods in which the group was held back; only with a limit.
 * - `container.memory.usage`: bytes without the file cache that can be dropped at once, as docker and the kubelet count,
 *   since otherwise every container that reads files looks full.
 * - `container.memory.limit` and `.utilization`, and `container.pids.utilization`, only with a limit.
 */
export function createCgroupReader(
  files: ProcFiles,
  root: string,
  hostCores: () => number,
): { read(sample: Sample): void } {
  const folder = ownCgroup(root);
  const file = (name: string) => files.open(join(folder.path, name));
  const cpu = createCpu(file('cpu.max'), file('cpu.stat'), hostCores);
  const memory = createMemory(file('memory.current'), file('memory.stat'), file('memory.max'));
  const pids = file('pids.current');
  const maxPids = file('pids.max');
  const pidCount = describeSeries('container.pids.count', '{process}');
  const pidUtilization = describeSeries('container.pids.utilization', '1');
  return {
    read(sample) {
      const cpuLimit = cpu.limit();
      const memoryState = memory.read();
      const isLimited = cpuLimit !== null || !Number.isNaN(memoryState.limit);
      // The root cgroup of a host has no memory.current.
      if (!isLimited && !(folder.isOwnRoot && !Number.isNaN(memoryState.usage))) return;
      cpu.add(sample, cpuLimit);
      memory.add(sample, memoryState);
      const processes = firstNumber(pids);
      addGauge(sample, pidCount, processes);
      addGauge(sample, pidUtilization, share(processes, firstNumber(maxPids)));
    },
  };
}

interface OwnCgroup {
  /** Below the root of the machine. */
  readonly path: string;
  /** It is the top of what this process can see: so it is in a container. */
  readonly isOwnRoot: boolean;
}

/** The line `0::/path` of /proc/self/cgroup; a container that sees its host's path finds itself at the mount instead. */
function ownCgroup(root: string): OwnCgroup {
  const mount = 'sys/fs/cgroup';
  const path = /^0::(\/.*)$/m.exec(readText(join(root, 'proc/self/cgroup')))?.[1] ?? '/';
  const isOwnRoot =
    path === '/' || path.includes('..') || readText(join(root, mount, path, 'cgroup.controllers')) === '';
  return { path: isOwnRoot ? mount : join(mount, path), isOwnRoot };
}

interface CpuLimit {
  readonly cores: number;
}

function createCpu(max: ProcFile, stat: ProcFile, hostCores: () => number) {
  const utilization = describeSeries('container.cpu.utilization', '1');
  const throttled = describeSeries('container.cpu.throttled', '1');
  const usage = createCounter();
  const periods = createCounter();
  const heldBack = createCounter();
  return {
    /** `max 100000` (no limit) or `50000 100000`: microseconds in each period. */
    limit(): CpuLimit | null {
      const scanner = max.read();
      if (!scanner?.nextLine()) return null;
      const cores = scanner.number() / scanner.number();
      return cores > 0 && Number.isFinite(cores) ? { cores } : null;
    },
    add(sample: Sample, limit: CpuLimit | null) {
      const counts = readTable(stat, ['usage_usec', 'nr_periods', 'nr_throttled']);
      if (!Number.isNaN(counts.usage_usec)) {
        const usedSeconds = usage.increase(counts.usage_usec, sample.interval) / microsecondsPerSecond;
        sample.add(utilization, share(usedSeconds, sample.interval.seconds * (limit?.cores ?? hostCores())));
      }
      if (limit === null || Number.isNaN(counts.nr_periods)) return;
      const passed = periods.increase(counts.nr_periods, sample.interval);
      const held = heldBack.increase(counts.nr_throttled, sample.interval);
      // No period passes while the group is idle: then nothing was held back.
      sample.add(throttled, passed === 0 ? 0 : share(held, passed));
    },
  };
}

interface MemoryState {
  readonly usage: number;
  readonly limit: number;
}

function createMemory(current: ProcFile, stat: ProcFile, max: ProcFile) {
  const usageSeries = describeSeries('container.memory.usage', 'By');
  const limitSeries = describeSeries('container.memory.limit', 'By');
  const utilization = describeSeries('container.memory.utilization', '1');
  return {
    read(): MemoryState {
      const used = firstNumber(current);
      const { inactive_file: droppable } = readTable(stat, ['inactive_file']);
      return { usage: Math.max(0, used - (Number.isNaN(droppable) ? 0 : droppable)), limit: firstNumber(max) };
    },
    add(sample: Sample, { usage, limit }: MemoryState) {
      addGauge(sample, usageSeries, usage);
      addGauge(sample, limitSeries, limit);
      if (limit > 0) addGauge(sample, utilization, share(usage, limit));
    },
  };
}

function firstNumber(file: ProcFile): number {
  const scanner = file.read();
  return scanner?.nextLine() ? scanner.number() : Number.NaN;
}

/** The wanted lines of a table of `key value` lines; NaN for what it lacks. */
function readTable<Key extends string>(file: ProcFile, keys: readonly Key[]): Record<Key, number> {
  const table = Object.fromEntries(keys.map((key) => [key, Number.NaN])) as Record<Key, number>;
  const scanner = file.read();
  while (scanner?.nextLine()) {
    const key = scanner.word();
    if (Object.hasOwn(table, key)) table[key as Key] = scanner.number();
  }
  return table;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
