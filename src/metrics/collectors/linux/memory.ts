import { share } from '../counters.ts';
import { addGauge, describeSeries, type Sample } from '../sample.ts';
import type { ProcFile } from './proc-file.ts';
import type { Scanner } from './scanner.ts';

const fields = [
  'MemTotal',
  'MemFree',
  'MemAvailable',
  'Buffers',
  'Cached',
  'SReclaimable',
  'Shmem',
  'SwapTotal',
  'SwapFree',
] as const;
type Field = (typeof fields)[number];
type MemoryInfo = Record<Field, number>;

export interface MemoryReader {
  read(sample: Sample): void;
  /** Bytes of the host's memory at the last read; NaN when not known. */
  total(): number;
}

/** Memory and swap from /proc/meminfo, in bytes. A host without swap has no `system.paging` usage. */
export function createMemoryReader(meminfo: ProcFile): MemoryReader {
  const usage = (state: string) => describeSeries('system.memory.usage', 'By', { 'system.memory.state': state });
  const paging = (state: string) => describeSeries('system.paging.usage', 'By', { 'system.paging.state': state });
  const series = {
    utilization: describeSeries('system.memory.utilization', '1'),
    limit: describeSeries('system.memory.limit', 'By'),
    available: describeSeries('system.linux.memory.available', 'By'),
    used: usage('used'),
    free: usage('free'),
    buffers: usage('buffers'),
    cached: usage('cached'),
    pagingUsed: paging('used'),
    pagingFree: paging('free'),
    pagingUtilization: describeSeries('system.paging.utilization', '1'),
  };
  let total = Number.NaN;

  return {
    read(sample) {
      const scanner = meminfo.read();
      if (scanner === null) return;
      const info = readMemoryInfo(scanner);
      const available = availableBytes(info);
      total = info.MemTotal;
      if (total > 0) addGauge(sample, series.utilization, share(total - available, total));
      addGauge(sample, series.limit, total);
      addGauge(sample, series.available, available);
      addGauge(sample, series.used, Math.max(0, total - available));
      addGauge(sample, series.free, info.MemFree);
      addGauge(sample, series.buffers, info.Buffers);
      addGauge(sample, series.cached, info.Cached + orZero(info.SReclaimable));
      if (!(info.SwapTotal > 0)) return;
      const swapUsed = Math.max(0, info.SwapTotal - info.SwapFree);
      addGauge(sample, series.pagingUsed, swapUsed);
      addGauge(sample, series.pagingFree, info.SwapFree);
      addGauge(sample, series.pagingUtilization, share(swapUsed, info.SwapTotal));
    },
    total: () => total,
  };
}

/** Kernels before 3.14 have no MemAvailable: the older estimate, in which shared memory cannot be given back. */
function availableBytes(info: MemoryInfo): number {
  if (!Number.isNaN(info.MemAvailable)) return info.MemAvailable;
  return Math.max(
    0,
    info.MemFree + orZero(info.Buffers) + orZero(info.Cached) + orZero(info.SReclaimable) - orZero(info.Shmem),
  );
}

function readMemoryInfo(scanner: Scanner): MemoryInfo {
  const info = Object.fromEntries(fields.map((field) => [field, Number.NaN])) as MemoryInfo;
  while (scanner.nextLine()) {
    const key = scanner.word();
    if (Object.hasOwn(info, key)) info[key as Field] = scanner.number() * 1024;
  }
  return info;
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
