import type { Descriptor } from '../core/series.ts';

/** By the start of their names, the first that fits; what several share is told apart by a label. */
const ofMetrics: readonly (readonly [start: string, group: string])[] = [
  ['system.cpu.', 'cpu'],
  ['container.cpu.', 'container cpu'],
  ['system.memory.', 'memory'],
  ['system.linux.memory.', 'memory'],
  ['system.paging.faults', 'processes'],
  ['system.paging.', 'memory'],
  ['container.memory.', 'container memory'],
  ['system.disk.', 'disk'],
  ['system.filesystem.', 'filesystem'],
  ['system.network.', 'network'],
  ['system.linux.conntrack.', 'network'],
  ['system.linux.', 'processes'],
  ['system.process', 'processes'],
  ['system.context_switches', 'processes'],
  ['container.pids.', 'processes'],
];
/** What waits for a resource tells of it. */
const ofPressure: Readonly<Record<string, string>> = { cpu: 'cpu', memory: 'memory', io: 'disk' };
/** Words of other names that make a group: `node_cpu`, `app.requests`. */
const words = 2;

/**
 * The resource that a series tells of, so that what changed in one resource is shown as one: `cpu`, `disk`, ...; of a metric
 * from elsewhere the first two words of its name.
 */
export function resourceGroup({ metric, labels }: Descriptor): string {
  if (metric.startsWith('system.linux.pressure')) return ofPressure[labels.resource ?? ''] ?? 'processes';
  if (labels['process.status'] === 'running') return 'cpu';
  const known = ofMetrics.find(([start]) => metric.startsWith(start));
  if (known !== undefined) return known[1];
  return (
    metric
      .split(/[._:/]/)
      .filter(Boolean)
      .slice(0, words)
      .join('.') || metric
  );
}
