import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { safeName } from '../../../core/text.ts';
import { share } from '../counters.ts';
import { addFilesystemUsage, createFilesystemSeries, type FilesystemSeries } from '../filesystem-series.ts';
import { createInstances } from '../instances.ts';
import type { Sample } from '../sample.ts';
import { within } from '../within.ts';
import { type Mount, readMounts } from './mounts.ts';

const maxFilesystems = 64;
const answerTimeoutMs = 2000;
/**
 * A call to a server that is gone never returns and holds one of the four threads which all file access of this process
 * shares, so at most this many may hang at a time.
 */
const maxHanging = 2;

/** What statfs(2) says; `frsize` is the unit of the counts, where Node tells it. */
export interface FilesystemSize {
  readonly bsize: number;
  readonly frsize?: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export type AskSize = (path: string) => Promise<FilesystemSize>;

export interface FilesystemReader {
  /** Asks every mount, one after the other; the sizes can be added to a sample when all have answered or timed out. */
  ask(signal: AbortSignal): Promise<{ add(sample: Sample): void; warnings: string[] }>;
}

/**
 * Sizes of the mounted filesystems, at most 64. A mount that does not answer within 2 s is reported in the warnings and
 * not asked again until its call returns; the others are still answered.
 */
export function createFilesystemReader(root: string, askSize: AskSize = statfs): FilesystemReader {
  const filesystems = createInstances(maxFilesystems, () => new Map<string, FilesystemSeries>());
  const hanging = new Set<string>();

  /** The size; null when there is none; a sentence when the mount does not answer. */
  async function askOne({ mountpoint, isRemote }: Mount, signal: AbortSignal): Promise<FilesystemSize | string | null> {
    const shown = safeName(mountpoint);
    if (hanging.has(mountpoint)) return `The filesystem at ${shown} still does not answer.`;
    if (isRemote && hanging.size >= maxHanging) return `The filesystem at ${shown} is not asked while others hang.`;
    hanging.add(mountpoint);
    const asked = askSize(join(root, mountpoint))
      // Not allowed, or unmounted since: no series.
      .catch(() => null)
      .finally(() => hanging.delete(mountpoint));
    const size = await within(asked, answerTimeoutMs, signal);
    return size === 'late' ? `The filesystem at ${shown} did not answer within ${answerTimeoutMs / 1000} s.` : size;
  }

  return {
    async ask(signal) {
      const warnings: string[] = [];
      const answered: { series: FilesystemSeries; size: FilesystemSize }[] = [];
      filesystems.begin();
      for (const mount of readMounts(root)) {
        if (signal.aborted) break;
        const byDevice = filesystems.get(mount.mountpoint);
        if (byDevice === null) continue;
        const size = await askOne(mount, signal);
        if (typeof size === 'string') warnings.push(size);
        else if (size !== null && size.blocks > 0) answered.push({ series: seriesOf(byDevice, mount), size });
      }
      const omitted = filesystems.omitted();
      if (omitted > 0)
        warnings.push(`${omitted} more filesystems of this host are not collected: the limit is reached.`);
      return {
        add(sample) {
          for (const { series, size } of answered) addSize(sample, series, size);
        },
        warnings,
      };
    },
  };
}

/** Another device at the same mountpoint is another filesystem. */
function seriesOf(byDevice: Map<string, FilesystemSeries>, mount: Mount): FilesystemSeries {
  let series = byDevice.get(mount.device);
  if (series === undefined) {
    byDevice.clear();
    series = createFilesystemSeries(safeName(mount.device), safeName(mount.mountpoint));
    byDevice.set(mount.device, series);
  }
  return series;
}

function addSize(sample: Sample, series: FilesystemSeries, size: FilesystemSize): void {
  const unit = size.frsize || size.bsize;
  addFilesystemUsage(sample, series, {
    used: Math.max(0, size.blocks - size.bfree) * unit,
    free: Math.max(0, size.bavail) * unit,
    reserved: Math.max(0, size.bfree - size.bavail) * unit,
  });
  // btrfs and others have no fixed number of inodes.
  if (size.files > 0) sample.add(series.inodesUtilization, share(size.files - size.ffree, size.files));
}
