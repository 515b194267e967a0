import { expect, test } from 'vitest';
import { hostFacts } from '../../../src/metrics/host-facts.ts';
import { readingOf, series } from '../../support/fake-metrics.ts';

const disk = (device: string, labels: Record<string, string> = {}) => ({ 'system.device': device, ...labels });
const facts = (...values: Parameters<typeof readingOf>[2][]) =>
  hostFacts({ host: 'here', reading: readingOf('here', 7, ...values), processes: null, inventory: null }).facts;

test('values become named facts in a fixed order, whatever their order in the reading', () => {
  const found = facts(
    [series('system.memory.limit', {}, 'By'), 100],
    [series('system.cpu.utilization', { 'cpu.mode': 'iowait' }), 0.1],
    [series('system.cpu.utilization'), 0.5],
    [series('system.linux.pressure', { kind: 'some', resource: 'io' }), 0.2],
  );
  expect(found).toEqual([
    {
      kind: 'cpu',
      numbers: [
        { name: 'busy', value: 0.5, unit: '1' },
        { name: 'iowait', value: 0.1, unit: '1' },
      ],
    },
    { kind: 'memory', numbers: [{ name: 'total', value: 100, unit: 'By' }] },
    { kind: 'waiting', numbers: [{ name: 'for io', value: 0.2, unit: '1' }] },
  ]);
});

test('a number of unit 1 that is no share is shown as a number', () => {
  const [found] = facts([series('system.cpu.load_average.1m'), 3.5], [series('system.cpu.logical.count'), 4]);
  expect(found?.numbers).toEqual([
    { name: '1m', value: 3.5, unit: '' },
    { name: 'cpus', value: 4, unit: '' },
  ]);
});

test('what a host has several of is ranked by the first number, names kept as they are', () => {
  const found = facts(
    [series('system.disk.utilization', disk('sda')), 0.2],
    [series('system.disk.utilization', disk('sdb\n')), 0.9],
    [series('system.disk.io', disk('sdb\n', { 'disk.io.direction': 'write' }), 'By/s'), 5],
  );
  expect(found.map(({ kind, instance }) => [kind, instance])).toEqual([
    ['disk', 'sdb\n'],
    ['disk', 'sda'],
  ]);
  expect(found[0]?.numbers.map(({ name, value }) => [name, value])).toEqual([
    ['busy', 0.9],
    ['written', 5],
  ]);
});

test('what could not be read, or is nothing we know, is left out', () => {
  expect(facts([series('system.cpu.utilization'), Number.NaN], [series('custom.metric'), 1])).toEqual([]);
  expect(facts()).toEqual([]);
});
