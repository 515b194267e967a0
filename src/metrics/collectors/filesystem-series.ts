import type { Descriptor } from '../../core/series.ts';
import { share } from './counters.ts';
import { describeSeries, type Sample } from './sample.ts';

/** The series of one mounted filesystem. */
export interface FilesystemSeries {
  readonly used: Descriptor;
  readonly free: Descriptor;
  readonly reserved: Descriptor;
  readonly utilization: Descriptor;
  readonly inodesUtilization: Descriptor;
}

export function createFilesystemSeries(device: string, mountpoint: string): FilesystemSeries {
  const labels = { 'system.device': device, 'system.filesystem.mountpoint': mountpoint };
  const usage = (state: string) =>
    describeSeries('system.filesystem.usage', 'By', { ...labels, 'system.filesystem.state': state });
  return {
    used: usage('used'),
    free: usage('free'),
    reserved: usage('reserved'),
    utilization: describeSeries('system.filesystem.utilization', '1', labels),
    inodesUtilization: describeSeries('system.filesystem.inodes.utilization', '1', labels),
  };
}

/** As df counts: what only root may use is neither used nor free, and the share is of what everyone may use. In bytes. */
export function addFilesystemUsage(
  sample: Sample,
  series: FilesystemSeries,
  { used, free, reserved }: { used: number; free: number; reserved: number },
): void {
  sample.add(series.used, used);
  sample.add(series.free, free);
  sample.add(series.reserved, reserved);
  sample.add(series.utilization, share(used, used + free));
}
