import type { Labels } from '../../core/series.ts';

/** What a field of sysstat is here: its value times `factor`. */
export interface FieldTarget {
  readonly metric: string;
  readonly unit: string;
  readonly factor?: number;
  readonly labels?: Labels;
}

const kib = 1024;
const direction = (value: string) => ({ 'disk.io.direction': value });
const network = (value: string) => ({ 'network.io.direction': value });
const swapped = (value: string) => ({ 'system.paging.direction': value });

/** Fields that are what our collector reports, under its names; sar(1) says what each is. */
const same: Readonly<Record<string, Readonly<Record<string, FieldTarget>>>> = {
  'process-and-context-switch': {
    proc: { metric: 'system.processes.created', unit: '{process}/s' },
    cswch: { metric: 'system.context_switches', unit: '{switch}/s' },
  },
  'swap-pages': {
    pswpin: { metric: 'system.paging.operations', unit: '{operation}/s', labels: swapped('in') },
    pswpout: { metric: 'system.paging.operations', unit: '{operation}/s', labels: swapped('out') },
  },
  queue: {
    'ldavg-1': { metric: 'system.cpu.load_average.1m', unit: '{thread}' },
    'ldavg-5': { metric: 'system.cpu.load_average.5m', unit: '{thread}' },
    'ldavg-15': { metric: 'system.cpu.load_average.15m', unit: '{thread}' },
  },
  disk: {
    rkB: { metric: 'system.disk.io', unit: 'By/s', factor: kib, labels: direction('read') },
    wkB: { metric: 'system.disk.io', unit: 'By/s', factor: kib, labels: direction('write') },
  },
  'net-dev': {
    rxkB: { metric: 'system.network.io', unit: 'By/s', factor: kib, labels: network('receive') },
    txkB: { metric: 'system.network.io', unit: 'By/s', factor: kib, labels: network('transmit') },
    rxpck: { metric: 'system.network.packets', unit: '{packet}/s', labels: network('receive') },
    txpck: { metric: 'system.network.packets', unit: '{packet}/s', labels: network('transmit') },
  },
  'net-edev': {
    rxerr: { metric: 'system.network.errors', unit: '{error}/s', labels: network('receive') },
    txerr: { metric: 'system.network.errors', unit: '{error}/s', labels: network('transmit') },
    rxdrop: { metric: 'system.network.dropped', unit: '{packet}/s', labels: network('receive') },
    txdrop: { metric: 'system.network.dropped', unit: '{packet}/s', labels: network('transmit') },
  },
};

/** Units of the fields that are sysstat's own; a unit that is not known here is left empty. */
const units: Readonly<Record<string, readonly [unit: string, factor: number, fields: readonly string[]][]>> = {
  memory: [
    [
      'By',
      kib,
      'cached commit active inactive dirty anonpg slab kstack pgtbl vmused swpcad memused memfree avail buffers swpfree swpused'.split(
        ' ',
      ),
    ],
  ],
  hugepages: [['By', kib, ['hugfree', 'hugused', 'hugrsvd', 'hugsurp']]],
  paging: [
    ['By/s', kib, ['pgpgin', 'pgpgout']],
    ['{page}/s', 1, ['pgfree', 'pgscank', 'pgscand', 'pgsteal']],
  ],
  io: [
    ['{operation}/s', 1, ['tps', 'rtps', 'wtps', 'dtps']],
    ['By/s', 512, ['bread', 'bwrtn', 'bdscd']],
  ],
  queue: [['{task}', 1, ['runq-sz', 'plist-sz', 'blocked']]],
  disk: [
    ['{operation}/s', 1, ['tps']],
    ['By/s', 512, ['rd_sec', 'wr_sec', 'dc_sec']],
    ['By/s', kib, ['dkB']],
    ['By', kib, ['areq-sz']],
    ['By', 512, ['avgrq-sz']],
    ['{operation}', 1, ['aqu-sz', 'avgqu-sz']],
    ['s', 0.001, ['await']],
  ],
  interrupts: [['{interrupt}/s', 1, ['all']]],
  'net-dev': [['{packet}/s', 1, ['rxcmp', 'txcmp', 'rxmcst']]],
  'net-edev': [['{error}/s', 1, ['coll', 'txcarr', 'rxfram', 'rxfifo', 'txfifo']]],
  filesystems: [
    ['By', 1_048_576, ['MBfsfree', 'MBfsused']],
    ['{inode}', 1, ['Ifree', 'Iused']],
  ],
  'cpu-frequency': [['MHz', 1, ['frequency']]],
};

const ownUnits = new Map(
  Object.entries(units).flatMap(([section, rows]) =>
    rows.flatMap(([unit, factor, fields]) => fields.map((field) => [`${section}.${field}`, { unit, factor }] as const)),
  ),
);

/** What a numeric field is: ours where it means the same, else `sysstat.<section>.<field>`; percentages stay `%`. */
export function fieldTarget(section: string, field: string): FieldTarget {
  const ours = Object.hasOwn(same, section) ? same[section] : undefined;
  const target = ours !== undefined && Object.hasOwn(ours, field) ? ours[field] : undefined;
  if (target !== undefined) return target;
  const known = ownUnits.get(`${section}.${field}`);
  return { metric: `sysstat.${section}.${field}`, ...(known ?? { unit: usualUnit(section, field) }) };
}

function usualUnit(section: string, field: string): string {
  if (field.startsWith('%') || field.endsWith('-percent') || section.startsWith('psi-')) return '%';
  if (section.startsWith('net-sock')) return '{socket}';
  return section.startsWith('net-') ? '1/s' : '';
}

/** What tells the entries of a section from each other, under the name of our label where it is the same. */
export function fieldLabel(section: string, field: string, value: string): Labels {
  if (section === 'disk' && field === 'disk-device') return { 'system.device': value };
  if (field === 'iface') return { 'network.interface.name': value };
  if (section !== 'filesystems') return { [`sysstat.${field}`]: value };
  // sadf names a filesystem by its device or, with -F MOUNT, by where it is mounted.
  return value.startsWith('/') && !value.startsWith('/dev/')
    ? { 'system.filesystem.mountpoint': value }
    : { 'system.device': value };
}
