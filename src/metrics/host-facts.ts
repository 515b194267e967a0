import type { Labels } from '../core/series.ts';
import { seriesName } from '../core/series.ts';
import type { HostInventory, ProcessTable } from './collectors/collector-source.ts';
import type { HostSnapshot } from './metrics.ts';
import type { Reading } from './reading.ts';
import { shownUnits } from './shown-unit.ts';

/** A named number with the unit to show it in, as `shownUnit` tells. */
export interface FactNumber {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** What is known about one thing of a host, e.g. its memory or one of its disks. */
export interface Fact {
  readonly kind: string;
  /** Which of several; untrusted text. */
  readonly instance?: string;
  /** None is NaN. */
  readonly numbers: readonly FactNumber[];
}

/** What a host is doing, most telling first. */
export interface HostFacts {
  readonly host: string;
  readonly timestampMs: number;
  readonly facts: readonly Fact[];
  readonly inventory: HostInventory | null;
  readonly processes: ProcessTable | null;
}

type Source = readonly [name: string, metric: string, labels?: Labels];

const totals: Readonly<Record<string, readonly Source[]>> = {
  cpu: [
    ['busy', 'system.cpu.utilization'],
    ['user', 'system.cpu.utilization', { 'cpu.mode': 'user' }],
    ['system', 'system.cpu.utilization', { 'cpu.mode': 'system' }],
    ['iowait', 'system.cpu.utilization', { 'cpu.mode': 'iowait' }],
    ['steal', 'system.cpu.utilization', { 'cpu.mode': 'steal' }],
  ],
  load: [
    ['1m', 'system.cpu.load_average.1m'],
    ['5m', 'system.cpu.load_average.5m'],
    ['15m', 'system.cpu.load_average.15m'],
    ['cpus', 'system.cpu.logical.count'],
  ],
  memory: [
    ['used', 'system.memory.utilization'],
    ['available', 'system.linux.memory.available'],
    ['total', 'system.memory.limit'],
  ],
  swap: [
    ['used', 'system.paging.utilization'],
    ['in', 'system.paging.operations', { 'system.paging.direction': 'in' }],
    ['out', 'system.paging.operations', { 'system.paging.direction': 'out' }],
  ],
  // Pressure stall information: the share of time in which some task waited for the resource.
  waiting: [
    ['for cpu', 'system.linux.pressure', { resource: 'cpu', kind: 'some' }],
    ['for memory', 'system.linux.pressure', { resource: 'memory', kind: 'some' }],
    ['for io', 'system.linux.pressure', { resource: 'io', kind: 'some' }],
  ],
  container: [
    ['cpu', 'container.cpu.utilization'],
    ['throttled', 'container.cpu.throttled'],
    ['memory', 'container.memory.utilization'],
    ['memory used', 'container.memory.usage'],
    ['processes', 'container.pids.count'],
  ],
};

/** What a host has several of; the first number ranks them. */
const instances: Readonly<Record<string, { readonly label: string; readonly sources: readonly Source[] }>> = {
  filesystem: {
    label: 'system.filesystem.mountpoint',
    sources: [
      ['used', 'system.filesystem.utilization'],
      ['free', 'system.filesystem.usage', { 'system.filesystem.state': 'free' }],
      ['inodes used', 'system.filesystem.inodes.utilization'],
    ],
  },
  disk: {
    label: 'system.device',
    sources: [
      ['busy', 'system.disk.utilization'],
      ['read', 'system.disk.io', { 'disk.io.direction': 'read' }],
      ['written', 'system.disk.io', { 'disk.io.direction': 'write' }],
      ['read latency', 'system.disk.latency', { 'disk.io.direction': 'read' }],
      ['write latency', 'system.disk.latency', { 'disk.io.direction': 'write' }],
    ],
  },
  network: {
    label: 'network.interface.name',
    sources: [
      ['received', 'system.network.io', { 'network.io.direction': 'receive' }],
      ['sent', 'system.network.io', { 'network.io.direction': 'transmit' }],
      ['errors received', 'system.network.errors', { 'network.io.direction': 'receive' }],
      ['errors sent', 'system.network.errors', { 'network.io.direction': 'transmit' }],
    ],
  },
};

/** Sorts a reading's values into facts; what the host does not report is left out. */
export function hostFacts({ host, reading, inventory, processes }: HostSnapshot): HostFacts {
  const read = reading.descriptors.map((descriptor, i) => ({
    ...descriptor,
    value: reading.values[i] ?? Number.NaN,
  }));
  const shown = shownUnits(read, ({ value }) => [value]);
  const series = read.map((one) => ({ ...one, unit: shown(one) }));
  const exact = new Map(series.map((one) => [seriesName(one.metric, one.labels), one]));
  const facts: Fact[] = Object.entries(totals).map(([kind, sources]) => ({
    kind,
    numbers: sources.flatMap(([name, metric, labels = {}]) => toNumber(name, exact.get(seriesName(metric, labels)))),
  }));
  for (const [kind, { label, sources }] of Object.entries(instances))
    facts.push(...instanceFacts(series, kind, label, sources));
  return {
    host,
    timestampMs: reading.timestampMs,
    facts: facts.filter(({ numbers }) => numbers.length > 0),
    inventory,
    processes,
  };
}

type SeriesValue = Reading['descriptors'][number] & { readonly value: number };

function instanceFacts(
  series: readonly SeriesValue[],
  kind: string,
  label: string,
  sources: readonly Source[],
): Fact[] {
  const metrics = new Set(sources.map(([, metric]) => metric));
  const byInstance = Map.groupBy(
    series.filter((one) => metrics.has(one.metric) && one.labels[label] !== undefined),
    (one) => one.labels[label] ?? '',
  );
  const found = [...byInstance].map(([instance, own]) => ({
    kind,
    instance,
    numbers: sources.flatMap(([name, metric, labels = {}]) =>
      toNumber(
        name,
        own.find(
          (one) => one.metric === metric && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
        ),
      ),
    ),
  }));
  return found.sort((a, b) => (b.numbers[0]?.value ?? 0) - (a.numbers[0]?.value ?? 0));
}

function toNumber(name: string, series: SeriesValue | undefined): FactNumber[] {
  return series === undefined || Number.isNaN(series.value) ? [] : [{ name, value: series.value, unit: series.unit }];
}
