import type { Descriptor } from '../../../core/series.ts';
import { type Counter, createCounter, share } from '../counters.ts';
import { describeSeries, type Sample } from '../sample.ts';
import type { ProcFile, ProcFiles } from './proc-file.ts';

/**
 * Pressure stall information: the share of time in which some or all tasks waited for a resource, from the `total=`
 * counters (microseconds), so that it covers exactly the interval. Kernels without PSI (before 4.20, or `psi=0`) have no
 * series. `full` of the processor is not defined for a whole machine
 * (https://docs.kernel.org/accounting/psi.html) and is left out.
 */
export function createPressureReader(files: ProcFiles): { read(sample: Sample): void } {
  const resources = (['cpu', 'memory', 'io'] as const).map((resource) => ({
    file: files.open(`proc/pressure/${resource}`),
    some: createStall(resource, 'some'),
    full: resource === 'cpu' ? null : createStall(resource, 'full'),
  }));
  return {
    read(sample) {
      for (const { file, some, full } of resources) readResource(sample, file, some, full);
    },
  };
}

interface Stall {
  readonly descriptor: Descriptor;
  readonly counter: Counter;
}

function createStall(resource: string, kind: string): Stall {
  return { descriptor: describeSeries('system.linux.pressure', '1', { resource, kind }), counter: createCounter() };
}

function readResource(sample: Sample, file: ProcFile, some: Stall, full: Stall | null): void {
  const scanner = file.read();
  while (scanner?.nextLine()) {
    const kind = scanner.word();
    const stall = kind === 'some' ? some : kind === 'full' ? full : null;
    const total = /\btotal=(\d{1,20})\b/.exec(scanner.rest());
    if (stall === null || total === null) continue;
    const stalledSeconds = stall.counter.increase(Number(total[1]), sample.interval) / 1e6;
    sample.add(stall.descriptor, share(stalledSeconds, sample.interval.seconds));
  }
}
