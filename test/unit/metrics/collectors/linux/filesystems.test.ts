import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type AskSize,
  createFilesystemReader,
  type FilesystemSize,
} from '../../../../../src/metrics/collectors/linux/filesystems.ts';
import { parseMounts, readMounts } from '../../../../../src/metrics/collectors/linux/mounts.ts';
import { createComposer } from '../../../../../src/metrics/collectors/sample.ts';
import { createTemporaryRoot, fixtureRoot, type TemporaryRoot } from '../temporary-root.ts';
import { seriesOf } from '../values.ts';

const size: FilesystemSize = { bsize: 4096, blocks: 1000, bfree: 400, bavail: 300, files: 0, ffree: 0 };
const never = new Promise<FilesystemSize>(() => {});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A machine with filesystems of the given types and mountpoints. */
function machineWith(mounts: readonly (readonly [type: string, mountpoint: string])[]): TemporaryRoot {
  const files = createTemporaryRoot();
  const lines = mounts.map(([type, mountpoint], i) => `${i} 1 0:${i} / ${mountpoint} rw - ${type} dev${i} rw`);
  files.write('proc/self/mountinfo', lines.join('\n'));
  return files;
}

async function ask(reader: ReturnType<typeof createFilesystemReader>, signal = new AbortController().signal) {
  const asked = reader.ask(signal);
  await vi.advanceTimersByTimeAsync(60_000);
  const { add, warnings } = await asked;
  const reading = createComposer()({ index: 1, seconds: 1 }, add);
  const mountpoints = seriesOf(reading, 'system.filesystem.utilization').map(
    (name) => /mountpoint=(.*)}/.exec(name)?.[1],
  );
  return { mountpoints, warnings };
}

describe('a mount that hangs', () => {
  it('is reported after 2 s while the others are answered', async () => {
    using files = machineWith([
      ['ext4', '/'],
      ['nfs4', '/mnt/gone'],
      ['ext4', '/data'],
    ]);
    const reader = createFilesystemReader(files.root, (path) =>
      path.endsWith('gone') ? never : Promise.resolve(size),
    );
    expect(await ask(reader)).toEqual({
      mountpoints: ['/', '/data'],
      warnings: ['The filesystem at /mnt/gone did not answer within 2 s.'],
    });
  });

  it('is not asked again until its call returns', async () => {
    using files = machineWith([['nfs4', '/mnt/gone']]);
    const { promise, resolve } = Promise.withResolvers<FilesystemSize>();
    const askSize = vi.fn<AskSize>(() => promise);
    const reader = createFilesystemReader(files.root, askSize);
    await ask(reader);
    expect((await ask(reader)).warnings).toEqual(['The filesystem at /mnt/gone still does not answer.']);
    expect(askSize).toHaveBeenCalledTimes(1);
    resolve(size);
    await vi.advanceTimersByTimeAsync(0);
    expect(await ask(reader)).toEqual({ mountpoints: ['/mnt/gone'], warnings: [] });
    expect(askSize).toHaveBeenCalledTimes(2);
  });

  it('keeps other remote mounts from being asked when two of them hang, but no local one', async () => {
    using files = machineWith([
      ['nfs', '/a'],
      ['cifs', '/b'],
      ['fuse.sshfs', '/c'],
      ['xfs', '/d'],
    ]);
    const asked: string[] = [];
    const reader = createFilesystemReader(files.root, (path) => {
      asked.push(path.slice(files.root.length));
      return path.endsWith('/d') ? Promise.resolve(size) : never;
    });
    const { mountpoints, warnings } = await ask(reader);
    expect(asked).toEqual(['/a', '/b', '/d']);
    expect(mountpoints).toEqual(['/d']);
    expect(warnings[2]).toBe('The filesystem at /c is not asked while others hang.');
  });

  it('does not outlast an abort', async () => {
    using files = machineWith([['nfs4', '/mnt/gone']]);
    const controller = new AbortController();
    const asked = createFilesystemReader(files.root, () => never).ask(controller.signal);
    controller.abort();
    expect((await asked).warnings).toHaveLength(1);
  });
});

describe('the filesystems of a machine', () => {
  it('leave out what cannot be read and what has no size', async () => {
    using files = machineWith([
      ['ext4', '/secret'],
      ['tmpfs', '/empty'],
      ['ext4', '/'],
    ]);
    const reader = createFilesystemReader(files.root, async (path) => {
      if (path.endsWith('secret')) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
      return path.endsWith('empty') ? { ...size, blocks: 0 } : size;
    });
    expect(await ask(reader)).toEqual({ mountpoints: ['/'], warnings: [] });
  });

  it('are at most 64, and the rest is told', async () => {
    using files = machineWith(Array.from({ length: 70 }, (_, i) => ['ext4', `/m${i}`] as const));
    const { mountpoints, warnings } = await ask(createFilesystemReader(files.root, async () => size));
    expect(mountpoints).toHaveLength(64);
    expect(warnings[0]).toMatch(/^6 more filesystems/);
  });

  it('count in fragments where the system tells their size', async () => {
    using files = machineWith([['fuse.sshfs', '/remote']]);
    const reader = createFilesystemReader(files.root, async () => ({ ...size, bsize: 1048576, frsize: 512 }));
    const asked = reader.ask(new AbortController().signal);
    const { values } = createComposer()({ index: 1, seconds: 1 }, (await asked).add);
    expect(values[0]).toBe(600 * 512);
  });
});

describe('the mount table', () => {
  it('names each filesystem once, with octal escapes decoded, without pseudo filesystems', () => {
    expect(
      readMounts(fixtureRoot('many-disks')).map(({ mountpoint, device, isRemote }) => [mountpoint, device, isRemote]),
    ).toEqual([
      ['/', '/dev/nvme0n1p1', false],
      ['/mnt/my disk\\x', '/dev/disk/by-label/my disk', false],
      ['/mnt/backup', '10.0.0.9:/export', true],
      ['/run', 'tmpfs', false],
      ['/hidden', '/dev/dm-1', false],
    ]);
  });

  it('decodes the blanks and newlines of a path, in any alphabet', () => {
    const [mount] = parseMounts('1 2 8:1 / /a\\040b\\011c\\012d\\134e/日本 rw - ext4 /dev/sda1 rw');
    expect(mount?.mountpoint).toBe('/a b\tc\nd\\e/日本');
  });
});
