import type { Descriptor } from '../../../core/series.ts';
import { type Counter, createCounter, share } from '../counters.ts';
import { createInstances } from '../instances.ts';
import { addRate, createRate, describeSeries, type Sample } from '../sample.ts';
import type { ProcFile } from './proc-file.ts';
import type { Scanner } from './scanner.ts';

const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'interrupt', 'steal'] as const;
const idle = 3;
const iowait = 4;
const maxCores = 128;
/**
 * Idle and iowait are estimates that the kernel may correct downwards by some ticks of 10 ms (proc(5), and
 * node_exporter's `jumpBackSeconds`); only more than 3 s is a reset.
 */
const correctionTicks = 300;

export interface CpuReader {
  read(sample: Sample): void;
  /** Processors online at the last read, also those above the limit of the series; NaN when not known. */
  count(): number;
}

/**
 * Processor time, context switches and forks from /proc/stat. `guest` time is part of `user` already, and `interrupt`
 * is hard and soft interrupts together. Series per processor stop at 128; the host's total covers all of them.
 */
export function createCpuReader(stat: ProcFile): CpuReader {
  const host = createBusyShare(describeSeries('system.cpu.utilization', '1'));
  const modeShares = modes.map((mode) => ({
    descriptor: describeSeries('system.cpu.utilization', '1', { 'cpu.mode': mode }),
    counter: createCounter(),
  }));
  const cores = createInstances(maxCores, (number) =>
    createBusyShare(describeSeries('system.cpu.utilization', '1', { 'cpu.logical_number': number })),
  );
  const count = describeSeries('system.cpu.logical.count', '{cpu}');
  const switches = createRate('system.context_switches', '{switch}/s');
  const created = createRate('system.processes.created', '{process}/s');
  const ticks = new Float64Array(modes.length);
  let online = Number.NaN;

  const addModes = (sample: Sample) => {
    const grown = modeShares.map(({ counter }, i) =>
      counter.increase(ticks[i] ?? Number.NaN, sample.interval, i === idle || i === iowait ? correctionTicks : 0),
    );
    const total = grown.reduce((sum, part) => sum + orZero(part), 0);
    for (const [i, { descriptor }] of modeShares.entries())
      sample.add(descriptor, share(grown[i] ?? Number.NaN, total));
  };

  return {
    read(sample) {
      const scanner = stat.read();
      if (scanner === null) return;
      cores.begin();
      let seen = 0;
      while (scanner.nextLine()) {
        const key = scanner.word();
        if (key === 'ctxt') addRate(sample, switches, scanner.number());
        else if (key === 'processes') addRate(sample, created, scanner.number());
        else if (key === 'cpu' && readTicks(scanner, ticks)) {
          host.add(sample, ticks);
          addModes(sample);
        } else if (isCore(key) && readTicks(scanner, ticks)) {
          seen += 1;
          cores.get(key.slice(3))?.add(sample, ticks);
        }
      }
      online = seen > 0 ? seen : Number.NaN;
      if (seen > 0) sample.add(count, seen);
    },
    count: () => online,
  };
}

interface BusyShare {
  add(sample: Sample, ticks: Float64Array): void;
}

function createBusyShare(descriptor: Descriptor): BusyShare {
  const busyCounter: Counter = createCounter();
  const idleCounter: Counter = createCounter();
  return {
    add(sample, ticks) {
      const idleTicks = (ticks[idle] ?? 0) + (ticks[iowait] ?? 0);
      const busyTicks = ticks.reduce((sum, value) => sum + value, 0) - idleTicks;
      const busyGrown = busyCounter.increase(busyTicks, sample.interval);
      const idleGrown = idleCounter.increase(idleTicks, sample.interval, correctionTicks);
      sample.add(descriptor, share(busyGrown, busyGrown + idleGrown));
    },
  };
}

/** user nice system idle iowait irq softirq steal: old kernels end earlier, what is missing is 0. */
function readTicks(scanner: Scanner, ticks: Float64Array): boolean {
  for (let i = 0; i < 5; i++) ticks[i] = scanner.number();
  ticks[5] = orZero(scanner.number()) + orZero(scanner.number());
  ticks[6] = orZero(scanner.number());
  ticks[iowait] = orZero(ticks[iowait]);
  return !Number.isNaN((ticks[0] ?? 0) + (ticks[1] ?? 0) + (ticks[2] ?? 0) + (ticks[idle] ?? 0));
}

function isCore(key: string): boolean {
  return key.length > 3 && key.length < 10 && key.startsWith('cpu') && /^\d+$/.test(key.slice(3));
}

function orZero(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? 0 : value;
}
