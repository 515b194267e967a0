import type { Systeminformation } from 'systeminformation';
import { safeName } from '../../core/text.ts';
import type { ProcessTable, ProcessUsage, SlowReading } from './collector-source.ts';
import { share } from './counters.ts';
import { addFilesystemUsage, createFilesystemSeries, type FilesystemSeries } from './filesystem-series.ts';
import { createInstances } from './instances.ts';
import { createProcessCounts } from './process-counts.ts';
import { createComposer, type Sample } from './sample.ts';
import { selectTop } from './top-processes.ts';

const maxFilesystems = 64;

type WriteSlow = (
  filesystems: readonly Systeminformation.FsSizeData[],
  processes: Systeminformation.ProcessesData,
) => SlowReading;

/** Writes filesystems and processes. */
export function createSlowWriter(): WriteSlow {
  const compose = createComposer();
  const addProcessCounts = createProcessCounts();
  const known = createInstances(maxFilesystems, () => new Map<string, FilesystemSeries>());
  let isFirst = true;
  return (filesystems, processes) => {
    const table = tableOf(processes, isFirst);
    isFirst = false;
    known.begin();
    const reading = compose({ index: 0, seconds: Number.NaN }, (sample) => {
      for (const filesystem of filesystems) addFilesystem(sample, known.get(filesystem.mount), filesystem);
      if (table !== null) addProcessCounts(sample, table);
    });
    const omitted = known.omitted();
    const warnings = omitted > 0 ? [`${omitted} more filesystems of this host are not collected.`] : [];
    return { ...reading, processes: table, warnings };
  };
}

function addFilesystem(
  sample: Sample,
  byDevice: Map<string, FilesystemSeries> | null,
  { fs, mount, size, used, available }: Systeminformation.FsSizeData,
): void {
  if (byDevice === null || !(size > 0)) return;
  let series = byDevice.get(fs);
  if (series === undefined) {
    byDevice.clear();
    series = createFilesystemSeries(safeName(fs), safeName(mount));
    byDevice.set(fs, series);
  }
  addFilesystemUsage(sample, series, { used, free: available, reserved: Math.max(0, size - used - available) });
}

/** The library names the command line `params`: it is not looked at. Its first shares are means over each life. */
function tableOf(processes: Systeminformation.ProcessesData, isFirst: boolean): ProcessTable | null {
  if (processes.list.length === 0) return null;
  const usages = processes.list.map(({ pid, name, cpu, memRss }): ProcessUsage => {
    // memRss is in KiB; cpu is in percent of all processors.
    return {
      pid,
      name: safeName(name),
      cpuUtilization: isFirst ? Number.NaN : share(cpu, 100),
      memoryBytes: memRss * 1024,
    };
  });
  const { running, blocked, sleeping, unknown } = processes;
  return {
    total: processes.all,
    byStatus: { running, sleeping, blocked, unknown },
    ...selectTop(usages),
  };
}
