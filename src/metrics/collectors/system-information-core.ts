import { loadavg, uptime } from 'node:os';
import type { Systeminformation } from 'systeminformation';
import { share } from './counters.ts';
import { createInstances } from './instances.ts';
import { createMemorySeries } from './memory-series.ts';
import { isPseudoInterface } from './pseudo-interfaces.ts';
import { addRate, createRate, describeSeries, type Rate, type Sample } from './sample.ts';

const maxCores = 128;
const maxInterfaces = 64;

/** The library gives null for what a platform does not have. */
export type CoreState = readonly [
  Systeminformation.CurrentLoadData,
  Systeminformation.MemData,
  Systeminformation.FsStatsData | null,
  Systeminformation.DisksIoData | null,
  Systeminformation.NetworkStatsData[] | null,
];

/** Writes what is read at every tick. */
export function createCoreWriter(): (sample: Sample, state: CoreState) => void {
  const addProcessors = createProcessorWriter();
  const addMemory = createMemorySeries();
  const addTraffic = createTrafficWriter();
  const load = ['1m', '5m', '15m'].map((span) => describeSeries(`system.cpu.load_average.${span}`, '{thread}'));
  const uptimeSeries = describeSeries('system.uptime', 's');
  return (sample, [processors, memory, bytes, operations, interfaces]) => {
    addProcessors(sample, processors);
    // Windows has no load average: Node says 0.
    if (process.platform !== 'win32') {
      for (const [i, value] of loadavg().entries()) if (load[i]) sample.add(load[i], value);
    }
    sample.add(uptimeSeries, uptime());
    addMemory(sample, {
      total: known(memory.total),
      available: known(memory.available),
      free: known(memory.free, memory.total),
      buffers: known(memory.buffers, memory.total),
      cached: known(memory.cached, memory.total),
      swapTotal: memory.swaptotal,
      swapFree: memory.swapfree,
    });
    addTraffic(sample, bytes, operations, interfaces ?? []);
  };
}

/** A count of 0 means unknown where the whole is unknown too. */
function known(value: number, whole = value): number {
  return whole > 0 ? value : Number.NaN;
}

function createProcessorWriter(): (sample: Sample, load: Systeminformation.CurrentLoadData) => void {
  const utilization = (labels = {}) => describeSeries('system.cpu.utilization', '1', labels);
  const total = utilization();
  const modes = [
    [utilization({ 'cpu.mode': 'user' }), 'currentLoadUser'],
    [utilization({ 'cpu.mode': 'nice' }), 'currentLoadNice'],
    [utilization({ 'cpu.mode': 'system' }), 'currentLoadSystem'],
    [utilization({ 'cpu.mode': 'idle' }), 'currentLoadIdle'],
    [utilization({ 'cpu.mode': 'interrupt' }), 'currentLoadIrq'],
    [utilization({ 'cpu.mode': 'steal' }), 'currentLoadSteal'],
  ] as const;
  const cores = createInstances(maxCores, (number) => utilization({ 'cpu.logical_number': number }));
  const count = describeSeries('system.cpu.logical.count', '{cpu}');
  return (sample, load) => {
    // The library's first load is the mean since the start of the machine, and after a gap it covers the gap.
    const percent = (value: number) => (sample.interval.seconds > 0 ? share(value, 100) : Number.NaN);
    sample.add(total, percent(load.currentLoad));
    for (const [descriptor, field] of modes) sample.add(descriptor, percent(load[field]));
    cores.begin();
    for (const [number, core] of load.cpus.entries()) {
      const descriptor = cores.get(String(number));
      if (descriptor !== null) sample.add(descriptor, percent(core.load));
    }
    if (load.cpus.length > 0) sample.add(count, load.cpus.length);
  };
}

function createTrafficWriter() {
  const disk = (direction: string) => ({
    io: createRate('system.disk.io', 'By/s', { 'disk.io.direction': direction }),
    operations: createRate('system.disk.operations', '{operation}/s', { 'disk.io.direction': direction }),
  });
  const read = disk('read');
  const write = disk('write');
  const interfaces = createInstances(maxInterfaces, (name) => {
    const direction = (direction: string) => {
      const labels = { 'network.interface.name': name, 'network.io.direction': direction };
      return {
        io: createRate('system.network.io', 'By/s', labels),
        errors: createRate('system.network.errors', '{error}/s', labels),
        dropped: createRate('system.network.dropped', '{packet}/s', labels),
      };
    };
    return { receive: direction('receive'), transmit: direction('transmit') };
  });
  return (
    sample: Sample,
    bytes: Systeminformation.FsStatsData | null,
    operations: Systeminformation.DisksIoData | null,
    stats: readonly Systeminformation.NetworkStatsData[],
  ) => {
    addTotal(sample, read.io, bytes?.rx);
    addTotal(sample, write.io, bytes?.wx);
    addTotal(sample, read.operations, operations?.rIO);
    addTotal(sample, write.operations, operations?.wIO);
    interfaces.begin();
    for (const stat of stats) {
      const target = isPseudoInterface(stat.iface) ? null : interfaces.get(stat.iface);
      if (target === null) continue;
      addTotal(sample, target.receive.io, stat.rx_bytes);
      addTotal(sample, target.receive.errors, stat.rx_errors);
      addTotal(sample, target.receive.dropped, stat.rx_dropped);
      addTotal(sample, target.transmit.io, stat.tx_bytes);
      addTotal(sample, target.transmit.errors, stat.tx_errors);
      addTotal(sample, target.transmit.dropped, stat.tx_dropped);
    }
  };
}

function addTotal(sample: Sample, rate: Rate, total: number | null | undefined): void {
  addRate(sample, rate, total ?? Number.NaN);
}
