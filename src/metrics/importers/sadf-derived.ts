import type { Labels } from '../../core/series.ts';
import { share } from '../collectors/counters.ts';

/** Numbers of one entry of a section by field; NaN = not there. */
export interface Entry {
  number(field: string): number;
  /** Empty when it is not there. */
  text(field: string): string;
}

/** Takes a value that may be NaN, which is no value. */
export type Emit = (metric: string, unit: string, labels: Labels, value: number) => void;

interface Derivation {
  /** Fields of which nothing is left to say. */
  readonly uses: readonly string[];
  derive(entry: Entry, labels: Labels, emit: Emit): void;
}

/** What our collector reports and sysstat has in other parts. */
export const derivations: Readonly<Record<string, Derivation>> = {
  'cpu-load': {
    uses: 'cpu usr user nice sys system iowait steal irq soft guest gnice idle'.split(' '),
    derive: deriveCpu,
  },
  memory: {
    uses: 'memfree avail buffers memused-percent swpfree swpused swpused-percent'.split(' '),
    derive: deriveMemory,
  },
  paging: {
    uses: ['fault', 'majflt'],
    derive(entry, _labels, emit) {
      const major = entry.number('majflt');
      const faults = (type: string, value: number) =>
        emit('system.paging.faults', '{fault}/s', { 'system.paging.fault.type': type }, value);
      faults('minor', Math.max(0, entry.number('fault') - major));
      faults('major', major);
    },
  },
  disk: {
    uses: ['util-percent'],
    derive: (entry, labels, emit) =>
      emit('system.disk.utilization', '1', labels, Math.min(1, ofPercent(entry.number('util-percent')))),
  },
  filesystems: { uses: ['MBfsused', '%fsused', '%ufsused', '%Iused'], derive: deriveFilesystem },
  ...Object.fromEntries(
    [
      ['psi-cpu', 'cpu'],
      ['psi-mem', 'memory'],
      ['psi-io', 'io'],
    ].map(([section, resource = '']) => [
      section,
      { uses: ['some_avg', 'full_avg'], derive: derivePressure(resource) },
    ]),
  ),
};

/**
 * `all` is the host, with its modes; others are one processor. sar's `usr` and `nice` leave out the guests' time, which
 * the kernel's counts include. Without `-u ALL` there are `user`, guests included, and `system`, interrupts included.
 */
function deriveCpu(entry: Entry, _labels: Labels, emit: Emit): void {
  const cpu = entry.text('cpu');
  const idle = entry.number('idle');
  const waiting = orZero(entry.number('iowait'));
  const user = orNext(entry.number('usr') + orZero(entry.number('guest')), entry.number('user'));
  // A processor that is offline has no time at all.
  if (idle + waiting + user === 0) return;
  const labels: Labels = cpu === 'all' ? {} : { 'cpu.logical_number': cpu };
  emit('system.cpu.utilization', '1', labels, ofPercent(Math.max(0, 100 - idle - waiting)));
  if (cpu !== 'all') return;
  const modes = {
    user,
    nice: entry.number('nice') + orZero(entry.number('gnice')),
    system: orNext(entry.number('sys'), entry.number('system')),
    idle,
    iowait: entry.number('iowait'),
    interrupt: entry.number('irq') + entry.number('soft'),
    steal: entry.number('steal'),
  };
  for (const [mode, percent] of Object.entries(modes))
    emit('system.cpu.utilization', '1', { 'cpu.mode': mode }, ofPercent(percent));
}

/** sysstat's `memused` counts the caches as free since version 11.7.4; the percentage tells which total it is a part of. */
function deriveMemory(entry: Entry, _labels: Labels, emit: Emit): void {
  const bytes = (field: string) => entry.number(field) * 1024;
  const usage = (state: string, value: number) =>
    emit('system.memory.usage', 'By', { 'system.memory.state': state }, value);
  const total = totalBytes(bytes, entry.number('memused-percent'));
  const used = Math.max(0, total - bytes('avail'));
  emit('system.memory.limit', 'By', {}, total);
  emit('system.memory.utilization', '1', {}, share(used, total));
  emit('system.linux.memory.available', 'By', {}, bytes('avail'));
  usage('used', used);
  usage('free', bytes('memfree'));
  usage('buffers', bytes('buffers'));
  const swap = bytes('swpused') + bytes('swpfree');
  if (!(swap > 0)) return;
  const paging = (state: string, value: number) =>
    emit('system.paging.usage', 'By', { 'system.paging.state': state }, value);
  paging('used', bytes('swpused'));
  paging('free', bytes('swpfree'));
  emit('system.paging.utilization', '1', {}, share(bytes('swpused'), swap));
}

/** NaN when the percentage fits neither meaning. */
function totalBytes(bytes: (field: string) => number, usedPercent: number): number {
  const all = bytes('memfree') + bytes('memused');
  const candidates = [all + bytes('buffers') + bytes('cached') + bytes('slab'), all];
  return candidates.find((total) => Math.abs((100 * bytes('memused')) / total - usedPercent) < 0.02) ?? Number.NaN;
}

/** As df counts: what only root may use is neither used nor free. `%ufsused` is what is not available of the total. */
function deriveFilesystem(entry: Entry, labels: Labels, emit: Emit): void {
  const used = entry.number('MBfsused') * 1_048_576;
  const total = used + entry.number('MBfsfree') * 1_048_576;
  const available = total * (1 - entry.number('%ufsused') / 100);
  const inodes = entry.number('Iused') + entry.number('Ifree');
  emit('system.filesystem.usage', 'By', { ...labels, 'system.filesystem.state': 'used' }, used);
  emit('system.filesystem.utilization', '1', labels, share(used, used + available));
  emit('system.filesystem.inodes.utilization', '1', labels, share(entry.number('Iused'), inodes));
}

function derivePressure(resource: string): Derivation['derive'] {
  return (entry, _labels, emit) => {
    for (const kind of ['some', 'full'])
      emit('system.linux.pressure', '1', { resource, kind }, ofPercent(entry.number(`${kind}_avg`)));
  };
}

/** sysstat prints hundredths of a percent: no more digits are kept. */
function ofPercent(percent: number): number {
  return Math.round(percent * 100) / 10_000;
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function orNext(value: number, next: number): number {
  return Number.isNaN(value) ? next : value;
}
