import { describe, expect, it } from 'vitest';
import {
  createSystemInformationSource,
  type SystemInformationOptions,
} from '../../../../src/metrics/collectors/system-information.ts';
import { createManualClock } from './manual-clock.ts';
import { seriesOf, valuesOf } from './values.ts';

type Library = Awaited<ReturnType<NonNullable<SystemInformationOptions['load']>>>;

/** A Windows machine as the library describes it: no disk traffic, no processes by status. */
function windowsLibrary(counters: { received: number }) {
  return {
    currentLoad: async () => ({
      currentLoad: 25,
      currentLoadUser: 20,
      currentLoadNice: 0,
      currentLoadSystem: 5,
      currentLoadIdle: 75,
      currentLoadIrq: 0,
      currentLoadSteal: 0,
      cpus: [{ load: 50 }, { load: 0 }],
    }),
    mem: async () => ({
      total: 8000,
      available: 6000,
      free: 5000,
      buffers: 0,
      cached: 0,
      swaptotal: 1000,
      swapfree: 250,
    }),
    fsStats: async () => null,
    disksIO: async () => null,
    networkStats: async () => [
      {
        iface: 'Ethernet 2',
        rx_bytes: counters.received,
        rx_errors: 0,
        rx_dropped: null,
        tx_bytes: 7,
        tx_errors: 0,
        tx_dropped: 0,
      },
      { iface: 'lo0', rx_bytes: 1, tx_bytes: 1 },
    ],
    fsSize: async () => [
      { fs: 'C:', mount: 'C:', size: 1000, used: 250, available: 750 },
      { fs: 'D:', mount: 'D:', size: 0, used: 0, available: 0 },
    ],
    processes: async () => ({
      all: 2,
      running: 0,
      blocked: 0,
      sleeping: 0,
      unknown: 2,
      list: [
        { pid: 4, name: 'System', cpu: 1, memRss: 100, params: '' },
        { pid: 9, name: 'sql\u0007server.exe', cpu: 40, memRss: 2000, params: '--password=hunter2' },
      ],
    }),
  } as unknown as Library;
}

function setUp() {
  const counters = { received: 1000 };
  const clock = createManualClock();
  const source = createSystemInformationSource({ clock, load: async () => windowsLibrary(counters) });
  return { counters, clock, source };
}

describe('a machine that is read through systeminformation', () => {
  it('has the same names as a Linux one, and nothing for what the platform does not tell', async () => {
    const { source } = setUp();
    const reading = await source.readCore();
    const values = valuesOf(reading);
    expect(values.get('system.memory.utilization')).toBe(0.25);
    expect(values.get('system.paging.utilization')).toBe(0.75);
    expect(values.get('system.cpu.logical.count')).toBe(2);
    expect([...values.keys()].filter((name) => name.startsWith('system.disk'))).toEqual([]);
    expect(seriesOf(reading, 'system.network.dropped')).toEqual([
      'system.network.dropped{network.interface.name=Ethernet 2,network.io.direction=transmit}',
    ]);
  });

  it('knows processor load and rates from the second reading on, and not after a gap', async () => {
    const { counters, clock, source } = setUp();
    const received = 'system.network.io{network.interface.name=Ethernet 2,network.io.direction=receive}';
    const first = valuesOf(await source.readCore());
    expect(first.get('system.cpu.utilization')).toBeNaN();
    expect(first.get(received)).toBeNaN();
    clock.pass(5000);
    counters.received += 5000;
    const second = valuesOf(await source.readCore());
    expect(second.get('system.cpu.utilization')).toBe(0.25);
    expect(second.get('system.cpu.utilization{cpu.logical_number=0}')).toBe(0.5);
    expect(second.get(received)).toBe(1000);
    clock.pass(3_600_000);
    const afterGap = valuesOf(await source.readCore());
    expect(afterGap.get('system.cpu.utilization')).toBeNaN();
    expect(afterGap.get(received)).toBeNaN();
  });

  it('shows filesystems with a size, and processes without their arguments', async () => {
    const { source } = setUp();
    const { signal } = new AbortController();
    const first = await source.readSlow(signal);
    expect(first.processes?.topByCpu).toEqual([]);
    const slow = await source.readSlow(signal);
    expect(slow.descriptors).toBe(first.descriptors);
    expect(valuesOf(slow).get('system.filesystem.utilization{system.device=C:,system.filesystem.mountpoint=C:}')).toBe(
      0.25,
    );
    expect(seriesOf(slow, 'system.filesystem.utilization')).toHaveLength(1);
    expect(slow.processes?.topByCpu[0]).toEqual({
      pid: 9,
      name: 'sql\uFFFDserver.exe',
      cpuUtilization: 0.4,
      memoryBytes: 2000 * 1024,
    });
    expect(JSON.stringify(slow)).not.toContain('hunter2');
  });

  it('rejects a slow read that was aborted', async () => {
    const { source } = setUp();
    await expect(source.readSlow(AbortSignal.abort())).rejects.toThrow('aborted');
  });
});
