import { expect, test } from 'vitest';
import { notableAmount } from '../../../src/metrics/notable-amounts.ts';
import { resourceGroup } from '../../../src/metrics/resource-groups.ts';
import { series } from '../../support/fake-metrics.ts';

test.each([
  [series('system.cpu.utilization', { 'cpu.mode': 'user' }), 'cpu'],
  [series('system.linux.pressure', { resource: 'cpu', kind: 'some' }), 'cpu'],
  [series('system.process.count', { 'process.status': 'running' }), 'cpu'],
  [series('system.process.count'), 'processes'],
  [series('system.linux.pressure', { resource: 'io', kind: 'full' }), 'disk'],
  [series('system.disk.io', { 'system.device': 'sda' }), 'disk'],
  [series('system.linux.memory.available'), 'memory'],
  [series('system.paging.operations'), 'memory'],
  [series('system.filesystem.usage'), 'filesystem'],
  [series('system.network.packets'), 'network'],
  [series('system.linux.thread.count'), 'processes'],
  [series('node_filesystem_avail_bytes'), 'node.filesystem'],
  [series('app.orders.count'), 'app.orders'],
  [series('latency'), 'latency'],
  [series('___'), '___'],
])('%j is told as %s', (one, group) => {
  expect(resourceGroup(one)).toBe(group);
});

test('what is much of a metric depends on its label where it must, and is unknown of most', () => {
  const faults = (type: string) => notableAmount(series('system.paging.faults', { 'system.paging.fault.type': type }));
  expect(faults('major')).toBeLessThan(faults('minor') ?? 0);
  expect(notableAmount(series('app.orders.count'))).toBeUndefined();
});
