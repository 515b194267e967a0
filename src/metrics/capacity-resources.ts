import { OpenManagerError } from '../core/errors.ts';
import { type Labels, seriesName } from '../core/series.ts';
import { type FoundSeries, type SeriesSelection, selectSeries } from './series-selection.ts';

/** Something of a host that can run out. */
export interface CapacityResource {
  /** What people call it, e.g. `filesystem /var`; made of untrusted text. */
  readonly name: string;
  /** The series that stands for it: its utilization, or what is used or free of it. */
  readonly series: FoundSeries;
  /** What `series` is a part of; absent when it is a share already, or held against a threshold of its own unit. */
  readonly limit?: FoundSeries;
  /** How a step's value is made of the means of both: their ratio, 1 minus it, or the share of `series` in their sum. */
  readonly how: 'value' | 'of-limit' | 'free-of-limit' | 'of-sum';
  /** Unit of the value. */
  readonly unit: string;
}

interface ResourceKind {
  readonly name: string;
  readonly metric: string;
  readonly labels?: Labels;
  readonly how: CapacityResource['how'];
  readonly limit?: { readonly metric: string; readonly labels?: Labels };
}

const value = (name: string, metric: string): ResourceKind => ({ name, metric, how: 'value' });
const pair = (how: CapacityResource['how'], name: string, metric: string, limit: string): ResourceKind => {
  return { name, metric, how, limit: { metric: limit } };
};
const state = (name: string, of: string) => ({ [`system.${name}.state`]: of });

/** A group lists the ways in which the same resources may be stored; a host's first one that has series counts. */
const kinds: readonly (readonly ResourceKind[])[] = [
  [
    value('filesystem', 'system.filesystem.utilization'),
    {
      name: 'filesystem',
      metric: 'system.filesystem.usage',
      labels: state('filesystem', 'used'),
      how: 'of-sum',
      limit: { metric: 'system.filesystem.usage', labels: state('filesystem', 'free') },
    },
    pair('free-of-limit', 'filesystem', 'node_filesystem_avail_bytes', 'node_filesystem_size_bytes'),
    value('filesystem', 'sysstat.filesystems.%fsused'),
  ],
  [
    value('inodes', 'system.filesystem.inodes.utilization'),
    pair('free-of-limit', 'inodes', 'node_filesystem_files_free', 'node_filesystem_files'),
    value('inodes', 'sysstat.filesystems.%Iused'),
  ],
  [
    value('memory', 'system.memory.utilization'),
    {
      name: 'memory',
      metric: 'system.memory.usage',
      labels: state('memory', 'used'),
      how: 'of-limit',
      limit: { metric: 'system.memory.limit' },
    },
    pair('free-of-limit', 'memory', 'node_memory_MemAvailable_bytes', 'node_memory_MemTotal_bytes'),
    value('memory', 'sysstat.memory.memused-percent'),
  ],
  [
    value('swap', 'system.paging.utilization'),
    pair('free-of-limit', 'swap', 'node_memory_SwapFree_bytes', 'node_memory_SwapTotal_bytes'),
    value('swap', 'sysstat.memory.swpused-percent'),
  ],
  [value('container memory', 'container.memory.utilization')],
  [value('container processes', 'container.pids.utilization')],
  [
    value('threads', 'system.linux.thread.utilization'),
    pair('of-limit', 'threads', 'node_processes_threads', 'node_processes_max_threads'),
  ],
  [
    value('open files', 'system.linux.file_handle.utilization'),
    pair('of-limit', 'open files', 'node_filefd_allocated', 'node_filefd_maximum'),
  ],
  [
    value('connections', 'system.linux.conntrack.utilization'),
    pair('of-limit', 'connections', 'node_nf_conntrack_entries', 'node_nf_conntrack_entries_limit'),
  ],
];

/** These are as full as they are made, or a view of another one. */
const unfillable: ReadonlySet<string> = new Set([
  'squashfs',
  'iso9660',
  'erofs',
  'overlay',
  'tmpfs',
  'devtmpfs',
  'ramfs',
]);

/** Labels that name the instance, the most telling first. */
const instanceLabels = ['system.filesystem.mountpoint', 'mountpoint', 'system.device', 'device'];

/** What of a host can run out, by its series. */
export function resourcesOf(series: readonly FoundSeries[]): CapacityResource[] {
  return kinds.flatMap((ways) => {
    for (const way of ways) {
      const found = series.filter((one) => isOf(one, way)).flatMap((one) => resourceOf(one, way, series));
      if (found.length > 0) return found;
    }
    return [];
  });
}

/** The series of one metric that the caller names; empty where the host has none. */
export function resourcesOfMetric(series: readonly FoundSeries[], selection: SeriesSelection): CapacityResource[] {
  const ofMetric = series.filter(({ metric }) => metric === selection.metric);
  if (ofMetric.length === 0) return [];
  return matching(ofMetric, selection).map((one) => {
    const [known] = kinds.flat().filter((way) => isOf(one, way) && way.how !== 'value');
    const [made] = known === undefined ? [] : resourceOf(one, known, series);
    return made ?? { name: seriesName(one.metric, one.labels), series: one, how: 'value', unit: one.unit };
  });
}

/** Whether its value is what is used of its own limit, by what it is, in whatever way that is stored. */
export function isOwnLimit({ series, limit }: CapacityResource): boolean {
  return limit !== undefined || kinds.flat().some(({ metric, how }) => how === 'value' && metric === series.metric);
}

function matching(series: readonly FoundSeries[], selection: SeriesSelection): readonly FoundSeries[] {
  try {
    return selectSeries(series, selection);
  } catch (error) {
    // Of many hosts, some lack the labels.
    if (error instanceof OpenManagerError && error.code === 'not_found') return [];
    throw error;
  }
}

function isOf(series: FoundSeries, { metric, labels = {} }: ResourceKind): boolean {
  if (series.metric !== metric || unfillable.has(series.labels.fstype ?? '')) return false;
  return Object.entries(labels).every(([name, wanted]) => series.labels[name] === wanted);
}

function resourceOf(one: FoundSeries, way: ResourceKind, all: readonly FoundSeries[]): CapacityResource[] {
  const name = [way.name, instanceOf(one)].filter(Boolean).join(' ');
  if (way.limit === undefined) return [{ name, series: one, how: way.how, unit: one.unit }];
  const { metric, labels = {} } = way.limit;
  const wanted = { ...without(one.labels, way.labels), ...labels };
  const limit = all.find((other) => other.metric === metric && isSame(other.labels, wanted));
  return limit === undefined ? [] : [{ name, series: one, limit, how: way.how, unit: '1' }];
}

function instanceOf({ labels }: FoundSeries): string {
  const known = instanceLabels.find((name) => Object.hasOwn(labels, name));
  return known === undefined ? '' : (labels[known] ?? '');
}

function without(labels: Labels, left: Labels = {}): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !Object.hasOwn(left, name)));
}

function isSame(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
