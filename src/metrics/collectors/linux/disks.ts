import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Descriptor } from '../../../core/series.ts';
import { type Counter, createCounter, share } from '../counters.ts';
import { createInstances } from '../instances.ts';
import { addRate, createRate, describeSeries, type Rate, type Sample } from '../sample.ts';
import type { ProcFile } from './proc-file.ts';
import type { Scanner } from './scanner.ts';

const maxDisks = 64;
/** /proc/diskstats counts in sectors of 512 bytes whatever the device's own are (Documentation/block/stat.rst). */
const sectorBytes = 512;
const pseudoDevices = /^(loop|ram|zram|sr|fd)\d/;
/** Names of partitions, for machines whose /sys is not readable. */
const partitions = /^([shv]d[a-z]+\d+|xvd[a-z]+\d+|(nvme\d+n|mmcblk|md|nbd)\d+p\d+)$/;

export interface DiskReader {
  read(sample: Sample): void;
  /** Disks above the limit at the last read. */
  omitted(): number;
}

/**
 * Traffic of whole disks from /proc/diskstats, at most 64: no partitions, loop, RAM, CD and floppy devices, and none
 * that has never been used. Stacked devices (dm, md) and the disks below them are shown side by side, so their sum
 * counts some traffic twice.
 */
export function createDiskReader(diskstats: ProcFile, root: string): DiskReader {
  const isWholeDisk = createWholeDiskTest(root);
  const disks = createInstances(maxDisks, createDisk);
  return {
    read(sample) {
      const scanner = diskstats.read();
      if (scanner === null) return;
      disks.begin();
      while (scanner.nextLine()) {
        scanner.skip(2);
        const name = scanner.word();
        const used = readCounts(scanner);
        if (used !== null && name !== '' && !pseudoDevices.test(name) && isWholeDisk(name)) {
          disks.get(name)?.add(sample, used);
        }
      }
    },
    omitted: disks.omitted,
  };
}

interface DiskCounts {
  readonly reads: number;
  readonly sectorsRead: number;
  readonly readMs: number;
  readonly writes: number;
  readonly sectorsWritten: number;
  readonly writeMs: number;
  readonly busyMs: number;
}

/** Null for a damaged line and for a device that has never been used. */
function readCounts(scanner: Scanner): DiskCounts | null {
  const reads = scanner.number();
  scanner.skip(1);
  const sectorsRead = scanner.number();
  const readMs = scanner.number();
  const writes = scanner.number();
  scanner.skip(1);
  const sectorsWritten = scanner.number();
  const writeMs = scanner.number();
  scanner.skip(1);
  const busyMs = scanner.number();
  return reads + writes > 0 ? { reads, sectorsRead, readMs, writes, sectorsWritten, writeMs, busyMs } : null;
}

interface Disk {
  add(sample: Sample, counts: DiskCounts): void;
}

function createDisk(name: string): Disk {
  const device = { 'system.device': name };
  const read = createDirection(name, 'read');
  const write = createDirection(name, 'write');
  const utilization = describeSeries('system.disk.utilization', '1', device);
  const busy = createCounter();
  return {
    add(sample, counts) {
      addDirection(sample, read, counts.reads, counts.sectorsRead, counts.readMs);
      addDirection(sample, write, counts.writes, counts.sectorsWritten, counts.writeMs);
      const busySeconds = busy.increase(counts.busyMs, sample.interval) / 1000;
      sample.add(utilization, share(busySeconds, sample.interval.seconds));
    },
  };
}

interface Direction {
  readonly io: Rate;
  readonly operations: Rate;
  readonly latency: Descriptor;
  readonly finished: Counter;
  readonly spentMs: Counter;
}

function createDirection(device: string, direction: string): Direction {
  const labels = { 'system.device': device, 'disk.io.direction': direction };
  return {
    io: createRate('system.disk.io', 'By/s', labels),
    operations: createRate('system.disk.operations', '{operation}/s', labels),
    latency: describeSeries('system.disk.latency', 's', labels),
    finished: createCounter(),
    spentMs: createCounter(),
  };
}

/**
 * Latency is not a metric of the convention: it is derived from two that are, the growth of `operation_time` over that
 * of `operations`, which is the mean time of the operations that finished in the interval; NaN when none did.
 */
function addDirection(sample: Sample, direction: Direction, operations: number, sectors: number, ms: number): void {
  addRate(sample, direction.io, sectors * sectorBytes);
  addRate(sample, direction.operations, operations);
  const finished = direction.finished.increase(operations, sample.interval);
  const spentMs = direction.spentMs.increase(ms, sample.interval);
  sample.add(direction.latency, finished > 0 ? spentMs / finished / 1000 : Number.NaN);
}

/** /sys/block lists whole disks only; that settles names like xvda1, which may be a partition or a disk. */
function createWholeDiskTest(root: string): (name: string) => boolean {
  const folder = join(root, 'sys/block');
  const known = new Map<string, boolean>();
  return (name) => {
    let whole = known.get(name);
    if (whole === undefined) {
      whole = existsSync(folder) ? existsSync(join(folder, fileName(name))) : !partitions.test(name);
      if (known.size >= 1024) known.clear();
      known.set(name, whole);
    }
    return whole;
  };
}

/** The kernel writes the slash of a device such as cciss/c0d0 as an exclamation mark; the name is not to be trusted. */
function fileName(device: string): string {
  return device.replaceAll('/', '!').replaceAll('\0', '');
}
