import { createMemorySeries } from '../memory-series.ts';
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

/** Memory and swap from /proc/meminfo; `cached` includes reclaimable slabs, as in free(1). */
export function createMemoryReader(meminfo: ProcFile): { read(sample: Sample): void } {
  const addMemory = createMemorySeries();
  const availableSeries = describeSeries('system.linux.memory.available', 'By');
  return {
    read(sample) {
      const scanner = meminfo.read();
      if (scanner === null) return;
      const info = readMemoryInfo(scanner);
      const available = availableBytes(info);
      addMemory(sample, {
        total: info.MemTotal,
        available,
        free: info.MemFree,
        buffers: info.Buffers,
        cached: info.Cached + orZero(info.SReclaimable),
        swapTotal: info.SwapTotal,
        swapFree: info.SwapFree,
      });
      addGauge(sample, availableSeries, available);
    },
  };
}

/** Kernels before 3.14 have no MemAvailable: the older estimate, in which shared memory cannot be given back. */
function availableBytes(info: MemoryInfo): number {
  if (!Number.isNaN(info.MemAvailable)) return info.MemAvailable;
  const cache = orZero(info.Buffers) + orZero(info.Cached) + orZero(info.SReclaimable) - orZero(info.Shmem);
  return Math.max(0, info.MemFree + cache);
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
