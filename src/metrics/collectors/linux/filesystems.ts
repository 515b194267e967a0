import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { safeName } from '../../../core/text.ts';
import { share } from '../counters.ts';
import { createInstances } from '../instances.ts';
import { describeSeries, type Sample } from '../sample.ts';
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
  const filesystems = createInstances(maxFilesystems, () => new Map<string, Filesystem>());
  const hanging = new Set<string>();

  const askOne = async (mount: Mount, warnings: string[], signal: AbortSignal): Promise<FilesystemSize | null> => {
    const shown = safeName(mount.mountpoint);
    if (hanging.has(mount.mountpoint)) warnings.push(`The filesystem at ${shown} still does not answer.`);
    else if (hanging.size >= maxHanging && mount.isRemote)
      warnings.push(`The filesystem at ${shown} was not asked: too many others hang.`);
    else return answer(mount);
    return null;

    async function answer({ mountpoint }: Mount): Promise<FilesystemSize | null> {
      hanging.add(mountpoint);
      const asked = askSize(join(root, mountpoint))
        // Not allowed, or unmounted since: no series.
        .catch(() => null)
        .finally(() => hanging.delete(mountpoint));
      const size = await within(asked, answerTimeoutMs, signal);
      if (size === 'late')
        warnings.push(`The filesystem at ${shown} did not answer within ${answerTimeoutMs / 1000} s.`);
      return size === 'late' ? null : size;
    }
  };

  return {
    async ask(signal) {
      const warnings: string[] = [];
      const answered: { filesystem: Filesystem; size: FilesystemSize }[] = [];
      filesystems.begin();
      for (const mount of readMounts(root)) {
        if (signal.aborted) break;
        const byDevice = filesystems.get(mount.mountpoint);
        if (byDevice === null) continue;
        const size = await askOne(mount, warnings, signal);
        if (size !== null && size.blocks > 0) answered.push({ filesystem: filesystemOf(byDevice, mount), size });
      }
      const omitted = filesystems.omitted();
      if (omitted > 0)
        warnings.push(`${omitted} more filesystems of this host are not collected: the limit is reached.`);
      return {
        add(sample) {
          for (const { filesystem, size } of answered) addSize(sample, filesystem, size);
        },
        warnings,
      };
    },
  };
}

type Filesystem = ReturnType<typeof createFilesystem>;

/** Another device at the same mountpoint is another filesystem. */
function filesystemOf(byDevice: Map<string, Filesystem>, mount: Mount): Filesystem {
  let filesystem = byDevice.get(mount.device);
  if (filesystem === undefined) {
    byDevice.clear();
    filesystem = createFilesystem(safeName(mount.device), safeName(mount.mountpoint));
    byDevice.set(mount.device, filesystem);
  }
  return filesystem;
}

function createFilesystem(device: string, mountpoint: string) {
  const labels = { 'system.device': device, 'system.filesystem.mountpoint': mountpoint };
  const usage = (state: string) =>
    describeSeries('system.filesystem.usage', 'By', { ...labels, 'system.filesystem.state': state });
  return {
    used: usage('used'),
    free: usage('free'),
    reserved: usage('reserved'),
    utilization: describeSeries('system.filesystem.utilization', '1', labels),
    inodes: describeSeries('system.filesystem.inodes.utilization', '1', labels),
  };
}

/** As df counts: what only root may use is neither used nor free, and the share is of what everyone may use. */
function addSize(sample: Sample, filesystem: Filesystem, size: FilesystemSize): void {
  const unit = size.frsize || size.bsize;
  const used = Math.max(0, size.blocks - size.bfree) * unit;
  const free = Math.max(0, size.bavail) * unit;
  sample.add(filesystem.used, used);
  sample.add(filesystem.free, free);
  sample.add(filesystem.reserved, Math.max(0, size.bfree - size.bavail) * unit);
  sample.add(filesystem.utilization, share(used, used + free));
  // btrfs and others have no fixed number of inodes.
  if (size.files > 0) sample.add(filesystem.inodes, share(size.files - size.ffree, size.files));
}

async function within<T>(promise: Promise<T>, ms: number, signal: AbortSignal): Promise<T | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const giveUp = () => resolve('late');
  const timer = setTimeout(giveUp, ms);
  timer.unref();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
