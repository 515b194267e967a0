import { describe, expect, test } from 'vitest';
import { formatValue } from '../../../src/core/format.ts';
import { shownUnit, shownUnits } from '../../../src/metrics/shown-unit.ts';

const shown = (metric: string, ...values: number[]) =>
  values
    .filter((value) => !Number.isNaN(value))
    .map((value) => formatValue(value, shownUnit({ metric, unit: '1' }, values)))
    .join(', ');

describe('of unit 1', () => {
  test.each([
    ['app.queue.length', [303, 0, 12.5], '303, 0, 12.5'],
    ['app.queue.length', [0, 1, 1], '0, 1, 1'],
    ['app.queue.length', [], ''],
    ['app.offset', [-0.4, 0.3], '-0.4, 0.3'],
    ['saturation', [0.25, Number.NaN, 1], '25 %, 100 %'],
    ['system.memory.utilization', [0, 1], '0 %, 100 %'],
    ['container.cpu.utilization', [0.5, 2.5], '50 %, 250 %'],
    ['container.cpu.throttled', [0], '0 %'],
    ['system.linux.pressure', [0, 1.02], '0 %, 102 %'],
    ['cache_hit_ratio', [0, 1], '0 %, 100 %'],
    ['load.ratio', [0.5, 2.5], '0.5, 2.5'],
    ['app.errors.percent', [45, 0.5], '45, 0.5'],
    ['shares.outstanding', [1, 0], '1, 0'],
  ])('%s of %j is shown as %s', (metric, values, text) => {
    expect(shown(metric, ...values)).toBe(text);
  });
});

test('any other unit is shown as it is', () => {
  for (const unit of ['', 'By', '%', '{thread}']) expect(shownUnit({ metric: 'm', unit }, [0.5])).toBe(unit);
});

test('all series of a metric are shown alike, whatever each of them was', () => {
  const all = [
    { metric: 'depth', unit: '1', value: 0.5 },
    { metric: 'depth', unit: '1', value: 40 },
    { metric: 'depth', unit: 'm', value: 40 },
    { metric: 'fill', unit: '1', value: 0.5 },
  ];
  expect(all.map(shownUnits(all, ({ value }) => [value]))).toEqual(['', '', 'm', '1']);
});
