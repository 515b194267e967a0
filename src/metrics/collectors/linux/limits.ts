import { share } from '../counters.ts';
import { addGauge, describeSeries, type Sample } from '../sample.ts';
import type { ProcFile, ProcFiles } from './proc-file.ts';

/**
 * How much of the kernel's tables is in use: a host that runs out of one of them refuses connections, threads or files
 * while processor and memory look idle.
 *
 * - `system.linux.thread.utilization`: threads of `threads-max` or `pid_max`, whichever is less, as each takes a pid.
 * - `system.linux.file_handle.utilization`: open files of `file-max`; absent where that is no limit (2^63 - 1).
 * - `system.linux.conntrack.utilization`: tracked connections; absent without connection tracking.
 */
export function createLimitReader(files: ProcFiles): { read(sample: Sample): void } {
  const threads = describeSeries('system.linux.thread.utilization', '1');
  const threadCount = describeSeries('system.linux.thread.count', '{thread}');
  const fileHandles = describeSeries('system.linux.file_handle.utilization', '1');
  const connections = describeSeries('system.linux.conntrack.utilization', '1');
  const loadavg = files.open('proc/loadavg');
  const maxThreads = files.open('proc/sys/kernel/threads-max');
  const maxPids = files.open('proc/sys/kernel/pid_max');
  const fileNumbers = files.open('proc/sys/fs/file-nr');
  const tracked = files.open('proc/sys/net/netfilter/nf_conntrack_count');
  const maxTracked = files.open('proc/sys/net/netfilter/nf_conntrack_max');
  return {
    read(sample) {
      const running = threadsOf(loadavg);
      addGauge(sample, threadCount, running);
      addGauge(sample, threads, share(running, Math.min(numbers(maxThreads, 1)[0], numbers(maxPids, 1)[0])));
      const [opened, , maxOpened] = numbers(fileNumbers, 3);
      if (maxOpened < Number.MAX_SAFE_INTEGER) addGauge(sample, fileHandles, share(opened, maxOpened));
      addGauge(sample, connections, share(numbers(tracked, 1)[0], numbers(maxTracked, 1)[0]));
    },
  };
}

/** The fourth word of /proc/loadavg is `running/all`, in threads. */
function threadsOf(loadavg: ProcFile): number {
  const scanner = loadavg.read();
  if (!scanner?.nextLine()) return Number.NaN;
  scanner.skip(3);
  const [, all] = /^\d{1,10}\/(\d{1,10})$/.exec(scanner.word()) ?? [];
  return all === undefined ? Number.NaN : Number(all);
}

function numbers(file: ProcFile, count: 1): readonly [number];
function numbers(file: ProcFile, count: 3): readonly [number, number, number];
function numbers(file: ProcFile, count: number): readonly number[] {
  const scanner = file.read();
  const isThere = scanner?.nextLine() ?? false;
  return Array.from({ length: count }, () => (isThere && scanner ? scanner.number() : Number.NaN));
}
