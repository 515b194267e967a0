import type { CoreReading } from '../collector-source.ts';
import type { Interval } from '../counters.ts';
import { createComposer } from '../sample.ts';
import { createCgroupReader } from './cgroup.ts';
import { createCpuReader } from './cpu.ts';
import { createDiskReader } from './disks.ts';
import { createLimitReader } from './limits.ts';
import { createLoadReader } from './load.ts';
import { createMemoryReader } from './memory.ts';
import { createNetworkReader } from './network.ts';
import { createPressureReader } from './pressure.ts';
import type { ProcFiles } from './proc-file.ts';
import { createVmstatReader } from './vmstat.ts';

export interface CoreReader {
  read(interval: Interval): CoreReading;
  /** Processors online at the last reading; NaN when not known. */
  cores(): number;
  /** One sentence for each kind of device that the last reading had to leave out some of. */
  warnings(): string[];
}

/** All that is read at every tick, in one synchronous pass. */
export function createCoreReader(files: ProcFiles, root: string): CoreReader {
  const cpu = createCpuReader(files.open('proc/stat'));
  const disks = createDiskReader(files.open('proc/diskstats'), root);
  const network = createNetworkReader(files.open('proc/net/dev'));
  const readers = [
    cpu,
    createLoadReader(files.open('proc/loadavg'), files.open('proc/uptime')),
    createMemoryReader(files.open('proc/meminfo')),
    createVmstatReader(files.open('proc/vmstat')),
    disks,
    network,
    createPressureReader(files),
    createLimitReader(files),
    createCgroupReader(files, root, cpu.count),
  ];
  const compose = createComposer();
  return {
    read: (interval) =>
      compose(interval, (sample) => {
        for (const reader of readers) reader.read(sample);
      }),
    cores: cpu.count,
    warnings: () => [...omission('disks', disks.omitted()), ...omission('network interfaces', network.omitted())],
  };
}

function omission(kind: string, count: number): string[] {
  return count > 0 ? [`${count} more ${kind} of this host are not collected: the limit is reached.`] : [];
}
