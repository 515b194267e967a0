import { afterEach, describe, expect, it } from 'vitest';
import { createLinuxSource, type LinuxSource } from '../../../../../src/metrics/collectors/linux/index.ts';
import { createManualClock } from '../manual-clock.ts';
import { createTemporaryRoot, fixtureRoot, type Machine } from '../temporary-root.ts';
import { seriesOf, valuesOf } from '../values.ts';

const opened: Disposable[] = [];
afterEach(() => {
  for (const disposable of opened.splice(0)) disposable[Symbol.dispose]();
});

const size = { bsize: 4096, blocks: 1000, bfree: 400, bavail: 300, files: 100, ffree: 75 };

function open(machine: Machine) {
  const clock = createManualClock();
  const source = createLinuxSource({ root: fixtureRoot(machine), clock, askSize: async () => size });
  opened.push(source);
  return { clock, source };
}

/** A copy of the machine that a test can let move on. */
function openChanging(machine: Machine) {
  const files = createTemporaryRoot(machine);
  const clock = createManualClock();
  const source = createLinuxSource({ root: files.root, clock });
  opened.push(source, files);
  return { files, clock, source };
}

function readValues(source: LinuxSource): Map<string, number> {
  return valuesOf(source.readCore());
}

describe('a container with limits', () => {
  it('shows memory, swap and load as its files say', () => {
    const values = readValues(open('container').source);
    expect(values.get('system.memory.limit')).toBe(16384000 * 1024);
    expect(values.get('system.linux.memory.available')).toBe(9000000 * 1024);
    expect(values.get('system.memory.utilization')).toBeCloseTo(1 - 9000000 / 16384000, 5);
    expect(values.get('system.memory.usage{system.memory.state=used}')).toBe((16384000 - 9000000) * 1024);
    expect(values.get('system.memory.usage{system.memory.state=cached}')).toBe((4500000 + 300000) * 1024);
    expect(values.get('system.paging.usage{system.paging.state=used}')).toBe((2097148 - 1572864) * 1024);
    expect(values.get('system.paging.utilization')).toBeCloseTo(0.25, 5);
    expect(values.get('system.cpu.load_average.1m')).toBe(0.52);
    expect(values.get('system.cpu.load_average.5m')).toBe(1.25);
    expect(values.get('system.cpu.load_average.15m')).toBe(2.08);
    expect(values.get('system.uptime')).toBe(123456.78);
    expect(values.get('system.cpu.logical.count')).toBe(8);
  });

  it('shows its own use against its limits, without the file cache that can be dropped', () => {
    const values = readValues(open('container').source);
    expect(values.get('container.memory.limit')).toBe(536870912);
    expect(values.get('container.memory.usage')).toBe(402653184 - 134217728);
    expect(values.get('container.memory.utilization')).toBe(0.5);
    expect(values.get('container.pids.count')).toBe(17);
    expect(values.get('container.pids.utilization')).toBe(0.17);
  });

  it('shows how full the tables of the kernel are: threads, open files, tracked connections', () => {
    const values = readValues(open('container').source);
    expect(values.get('system.linux.thread.count')).toBe(345);
    // As many as there are pids, which are fewer than threads-max.
    expect(values.get('system.linux.thread.utilization')).toBeCloseTo(345 / 32768, 5);
    expect(values.get('system.linux.file_handle.utilization')).toBe(0.002);
    expect(values.get('system.linux.conntrack.utilization')).toBe(0.25);
  });

  it('shows processor time as a share of its limit, and how often it was held back', () => {
    const { files, clock, source } = openChanging('container');
    const first = readValues(source);
    expect(first.get('container.cpu.utilization')).toBeNaN();
    expect(first.get('container.cpu.throttled')).toBeNaN();
    clock.pass(5000);
    files.write('sys/fs/cgroup/cpu.stat', 'usage_usec 2250000\nnr_periods 250\nnr_throttled 60\n');
    const values = readValues(source);
    // 1.25 s of processor time in 5 s, of half a processor.
    expect(values.get('container.cpu.utilization')).toBeCloseTo(0.5, 5);
    expect(values.get('container.cpu.throttled')).toBeCloseTo(0.2, 12);
  });

  it('takes the host processors for the limit when it has none, and then shows no limits', () => {
    const { files, clock, source } = openChanging('container');
    files.write('sys/fs/cgroup/cpu.max', 'max 100000\n');
    files.write('sys/fs/cgroup/memory.max', 'max\n');
    readValues(source);
    clock.pass(5000);
    files.write('sys/fs/cgroup/cpu.stat', 'usage_usec 5000000\n');
    const values = readValues(source);
    expect(values.get('container.cpu.utilization')).toBeCloseTo(4 / 5 / 8, 5);
    expect(values.get('container.memory.usage')).toBe(402653184 - 134217728);
    for (const absent of ['container.cpu.throttled', 'container.memory.limit', 'container.memory.utilization']) {
      expect(values.has(absent)).toBe(false);
    }
  });

  it('is shown without the file systems of its engine, and the overlay only as its root', async () => {
    const slow = await open('container').source.readSlow(new AbortController().signal);
    expect(seriesOf(slow, 'system.filesystem.utilization')).toEqual([
      'system.filesystem.utilization{system.device=overlay,system.filesystem.mountpoint=/}',
      'system.filesystem.utilization{system.device=/dev/nvme1n1,system.filesystem.mountpoint=/data}',
    ]);
    const values = valuesOf(slow);
    const labels = 'system.device=/dev/nvme1n1,system.filesystem.mountpoint=/data';
    expect(values.get(`system.filesystem.usage{${labels},system.filesystem.state=used}`)).toBe(600 * 4096);
    expect(values.get(`system.filesystem.usage{${labels},system.filesystem.state=free}`)).toBe(300 * 4096);
    expect(values.get(`system.filesystem.usage{${labels},system.filesystem.state=reserved}`)).toBe(100 * 4096);
    expect(values.get(`system.filesystem.utilization{${labels}}`)).toBeCloseTo(2 / 3, 5);
    expect(values.get(`system.filesystem.inodes.utilization{${labels}}`)).toBe(0.25);
  });

  it('says what machine it is', async () => {
    expect(await open('container').source.inventory(new AbortController().signal)).toEqual({
      hostname: 'container',
      os: 'Alpine Linux v3.22',
      kernel: '6.8.0-60-generic',
      architecture: 'x86_64',
      cpuModel: 'Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz',
      cpuCount: 8,
      memoryBytes: 16384000 * 1024,
      bootTimeMs: 1795000000000,
      virtualization: 'docker',
    });
  });
});

describe('the tables of a kernel', () => {
  it('have no share where there is no limit, no connection tracking or nothing readable', () => {
    const unlimited = readValues(open('many-cores').source);
    expect(unlimited.get('system.linux.thread.utilization')).toBeCloseTo(345 / 4000, 5);
    expect(unlimited.has('system.linux.file_handle.utilization')).toBe(false);
    expect(unlimited.has('system.linux.conntrack.utilization')).toBe(false);
    const garbage = [...readValues(open('garbage').source).keys()];
    expect(garbage.filter((name) => /thread|file_handle|conntrack/.test(name))).toEqual([]);
  });
});

describe('the rates of a machine', () => {
  it('are the growth of the counters per second of the interval', () => {
    const { files, clock, source } = openChanging('container');
    const first = readValues(source);
    const received = 'system.network.io{network.interface.name=eth0,network.io.direction=receive}';
    expect(first.get(received)).toBeNaN();
    expect(first.get('system.cpu.utilization')).toBeNaN();
    clock.pass(4000);
    files.write('proc/stat', 'cpu  80680 400 40028 720200 3200 240 160 80\nctxt 1562703\nprocesses 5826\n');
    files.write('proc/net/dev', 'eth0: 1008000 1100 2 3 0 0 0 0 504000 804 2 0 0 0 0 0\n');
    files.write('proc/diskstats', '259 0 nvme0n1 5040 10 400800 2580 9010 20 900080 5460 0 8000 1 0 0\n');
    files.write('proc/pressure/io', 'some avg10=0 total=4511642\nfull avg10=0 total=3080085\n');
    files.write('proc/vmstat', 'pswpin 128\npswpout 340\npgfault 3172655\npgmajfault 994\n');
    const values = readValues(source);
    expect(values.get(received)).toBe(2000);
    expect(values.get('system.network.packets{network.interface.name=eth0,network.io.direction=transmit}')).toBe(1);
    expect(values.get('system.network.errors{network.interface.name=eth0,network.io.direction=transmit}')).toBe(0.25);
    expect(values.get('system.network.dropped{network.interface.name=eth0,network.io.direction=receive}')).toBe(0);
    expect(values.get('system.cpu.utilization')).toBeCloseTo(400 / 600, 5);
    expect(values.get('system.cpu.utilization{cpu.mode=user}')).toBeCloseTo(400 / 600, 5);
    expect(values.get('system.cpu.utilization{cpu.mode=idle}')).toBeCloseTo(200 / 600, 5);
    expect(values.get('system.context_switches')).toBe(25);
    expect(values.get('system.processes.created')).toBe(2);
    const read = '{disk.io.direction=read,system.device=nvme0n1}';
    expect(values.get(`system.disk.io${read}`)).toBe((800 * 512) / 4);
    expect(values.get(`system.disk.operations${read}`)).toBe(10);
    expect(values.get(`system.disk.latency${read}`)).toBeCloseTo(0.002, 12);
    expect(values.get('system.disk.latency{disk.io.direction=write,system.device=nvme0n1}')).toBeCloseTo(0.006, 12);
    expect(values.get('system.disk.utilization{system.device=nvme0n1}')).toBe(0.5);
    expect(values.get('system.linux.pressure{kind=some,resource=io}')).toBe(0.25);
    expect(values.get('system.linux.pressure{kind=full,resource=io}')).toBe(0);
    expect(values.get('system.paging.operations{system.paging.direction=in}')).toBe(2);
    expect(values.get('system.paging.faults{system.paging.fault.type=major}')).toBe(5);
    expect(values.get('system.paging.faults{system.paging.fault.type=minor}')).toBe(20);
  });

  it('are not known for the counter that was reset, while the others go on', () => {
    const { files, clock, source } = openChanging('container');
    readValues(source);
    clock.pass(5000);
    files.write('proc/net/dev', 'eth0: 500 1100 2 3 0 0 0 0 504000 804 2 0 0 0 0 0\n');
    const values = readValues(source);
    expect(values.get('system.network.io{network.interface.name=eth0,network.io.direction=receive}')).toBeNaN();
    expect(values.get('system.network.io{network.interface.name=eth0,network.io.direction=transmit}')).toBe(800);
  });

  it('are not known after the machine slept, then go on', () => {
    const { clock, source } = openChanging('container');
    const transmitted = 'system.network.io{network.interface.name=eth0,network.io.direction=transmit}';
    readValues(source);
    clock.pass(3000, 8 * 3_600_000);
    expect(readValues(source).get(transmitted)).toBeNaN();
    clock.pass(5000);
    expect(readValues(source).get(transmitted)).toBe(0);
  });

  it('have no latency where no operation finished', () => {
    const { clock, source } = openChanging('container');
    readValues(source);
    clock.pass(5000);
    const values = readValues(source);
    expect(values.get('system.disk.operations{disk.io.direction=read,system.device=nvme0n1}')).toBe(0);
    expect(values.get('system.disk.latency{disk.io.direction=read,system.device=nvme0n1}')).toBeNaN();
  });

  it('take a correction of the idle time by some ticks for no growth', () => {
    const { files, clock, source } = openChanging('old-kernel');
    files.write('proc/stat', 'cpu 1000 0 0 9000 500\n');
    readValues(source);
    clock.pass(5000);
    files.write('proc/stat', 'cpu 1100 0 0 9300 498\n');
    const values = readValues(source);
    expect(values.get('system.cpu.utilization{cpu.mode=iowait}')).toBe(0);
    expect(values.get('system.cpu.utilization')).toBeCloseTo(100 / 398, 5);
  });
});

describe('a machine with many disks', () => {
  it('shows whole disks, stacked ones too, but no partitions and no loop, RAM, CD or unused devices', () => {
    const reading = open('many-disks').source.readCore();
    expect(seriesOf(reading, 'system.disk.utilization')).toEqual(
      ['nvme0n1', 'sda', 'xvda1', 'md127', 'dm-0', 'dm-1', 'cciss/c0d0'].map(
        (name) => `system.disk.utilization{system.device=${name}}`,
      ),
    );
  });

  it('tells partitions by their names where /sys is not readable', () => {
    const { files, source } = openChanging('many-disks');
    files.remove('sys/block');
    const names = seriesOf(source.readCore(), 'system.disk.utilization').join(' ');
    for (const disk of ['nvme0n1}', 'sda}', 'md127}', 'dm-1}']) expect(names).toContain(disk);
    for (const partition of ['nvme0n1p1', 'sda1', 'md127p1']) expect(names).not.toContain(partition);
  });

  it('shows at most 64 of them and says so', async () => {
    const { files, source } = openChanging('many-disks');
    files.remove('sys/block');
    const lines = Array.from({ length: 100 }, (_, i) => `253 ${i} dm-${i} 5 0 40 1 5 0 40 1 0 1 1\n`);
    files.write('proc/diskstats', lines.join(''));
    expect(seriesOf(source.readCore(), 'system.disk.utilization')).toHaveLength(64);
    expect((await source.readSlow(new AbortController().signal)).warnings.join()).toContain('36 more disks');
  });

  it('shows bonds, VPNs and VLANs but no loopback, container or unused interfaces', () => {
    const reading = open('many-disks').source.readCore();
    const names = seriesOf(reading, 'system.network.io').map((name) => /interface\.name=([^,]*)/.exec(name)?.[1]);
    expect([...new Set(names)]).toEqual(['eth0', 'bond0', 'wg0', 'eth1.100']);
  });

  it('shows no container series for a session without limits', () => {
    const names = [...readValues(open('many-disks').source).keys()];
    expect(names.filter((name) => name.startsWith('container.'))).toEqual([]);
  });
});

describe('an old kernel', () => {
  it('shows what it has, without pressure and with the older estimate of available memory', () => {
    const { files, clock, source } = openChanging('old-kernel');
    const first = readValues(source);
    expect(first.get('system.linux.memory.available')).toBe((100000 + 20000 + 400000 + 30000 - 10000) * 1024);
    expect([...first.keys()].filter((name) => /pressure|container|uptime/.test(name))).toEqual([]);
    expect(first.has('system.disk.utilization{system.device=sda}')).toBe(true);
    expect(first.has('system.disk.utilization{system.device=sda1}')).toBe(false);
    clock.pass(5000);
    files.write('proc/net/dev', '  eth0:133456 799 0 0 0 0 0 0 654321 987 0 0 0 0 0 0\n');
    const received = 'system.network.io{network.interface.name=eth0,network.io.direction=receive}';
    expect(readValues(source).get(received)).toBe(2000);
  });

  it('has no swap series without swap', () => {
    const { files, source } = openChanging('old-kernel');
    files.write('proc/meminfo', 'MemTotal: 100 kB\nMemFree: 50 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n');
    const names = [...readValues(source).keys()];
    expect(names).toContain('system.memory.utilization');
    expect(names.filter((name) => /paging\.(usage|utilization)/.test(name))).toEqual([]);
  });
});

describe('a machine with 192 processors', () => {
  it('shows 128 of them, counts all, and its total covers all', () => {
    const reading = open('many-cores').source.readCore();
    expect(seriesOf(reading, 'system.cpu.utilization').filter((name) => name.includes('logical'))).toHaveLength(128);
    expect(valuesOf(reading).get('system.cpu.logical.count')).toBe(192);
  });
});

describe('damaged files', () => {
  it('never throw, and each series comes once with a finite or unknown value', async () => {
    const { clock, source } = open('garbage');
    for (let i = 0; i < 3; i++) {
      const reading = source.readCore();
      expect(valuesOf(reading).size).toBe(reading.descriptors.length);
      expect([...reading.values].filter((value) => !Number.isFinite(value) && !Number.isNaN(value))).toEqual([]);
      clock.pass(5000);
    }
    await expect(source.readSlow(new AbortController().signal)).resolves.toBeDefined();
    await expect(source.inventory(new AbortController().signal)).resolves.toBeDefined();
  });

  it('show nothing of a file that is missing, empty or a folder, and the rest as ever', () => {
    const { files, source } = openChanging('container');
    files.remove('proc/meminfo');
    files.write('proc/vmstat', '');
    files.remove('proc/diskstats');
    files.write('proc/diskstats/folder', '');
    const names = [...readValues(source).keys()];
    expect(names.filter((name) => /system\.(memory|paging|disk)/.test(name))).toEqual([]);
    expect(names).toContain('system.cpu.utilization');
  });

  it('show a series again some reads after its file came back', () => {
    const { files, clock, source } = openChanging('container');
    files.remove('proc/loadavg');
    expect(readValues(source).has('system.cpu.load_average.1m')).toBe(false);
    files.write('proc/loadavg', '1.00 1.00 1.00 1/1 1\n');
    let reads = 0;
    while (reads < 30 && !readValues(source).has('system.cpu.load_average.1m')) {
      clock.pass(5000);
      reads += 1;
    }
    expect(reads).toBeLessThanOrEqual(12);
  });

  it('show nothing on a root without anything', () => {
    using files = createTemporaryRoot();
    using source = createLinuxSource({ root: files.root });
    expect(source.readCore().descriptors).toEqual([]);
  });
});
