import { describe, expect, test } from 'vitest';
import { shownUnit } from '../../../src/metrics/shown-unit.ts';
import { unitBounds } from '../../../src/metrics/unit-bounds.ts';

const boundsOf = (unit: string, values: Iterable<number>, metric = 'm') => {
  const all = Float64Array.from(values);
  return unitBounds({ unit, shownUnit: shownUnit({ metric, unit }, all) }, all);
};

test.each([
  ['%', [10, 95], { lower: 0, upper: 100 }],
  ['%', [10, 250], { lower: 0 }],
  ['%', [-5, 40], { upper: 100 }],
  ['1', [0.2, 0.9], { lower: 0, upper: 1 }],
  ['1', [0.2, 1.4], { lower: 0 }],
  ['1', [0, 1, 1, Number.NaN], { lower: 0 }],
  ['1', [3, 500], { lower: 0 }],
  ['By/s', [1, 2], { lower: 0 }],
  ['{request}/min', [1, 2], { lower: 0 }],
  ['{thread}', [1, 2], { lower: 0 }],
  ['min', [1, 2], { lower: 0 }],
  ['Cel', [10, 20], {}],
  ['mCel', [10, 20], {}],
  ['kmin', [10, 20], {}],
  ['', [10, 20], {}],
  ['s', [-0.2, 0.1], {}],
])('of %s with %j are %j', (unit, values, bounds) => {
  expect(boundsOf(unit, values)).toEqual(bounds);
});

test('a share by its name that was only 0 and 1 is at most 1, and one of several cores is not bounded', () => {
  expect(boundsOf('1', [0, 1], 'system.disk.utilization')).toEqual({ lower: 0, upper: 1 });
  expect(boundsOf('1', [0.5, 2.5], 'container.cpu.utilization')).toEqual({ lower: 0 });
});

test.each(['By', 'bit', 's', 'Hz'])('%s is not negative with any prefix of UCUM', (unit) => {
  for (const prefix of ['', 'k', 'K', 'M', 'G', 'T', 'P', 'm', 'u', 'n', 'Ki', 'Mi', 'Gi', 'Ti'])
    expect([prefix + unit, boundsOf(prefix + unit, [1, 2])]).toEqual([prefix + unit, { lower: 0 }]);
});

describe('a series of an unknown unit', () => {
  /** Busy for so many steps of a hundred, at rest in the others. */
  const busy = (steps: number, rest: number, length = 500) =>
    Array.from({ length }, (_, i) => (i % 100 < steps ? 1000 + (i % 7) : rest));

  test('that rests on zero, or just above, is not negative', () => {
    expect(boundsOf('widget', busy(80, 0))).toEqual({ lower: 0 });
    expect(boundsOf('widget', busy(80, 6))).toEqual({ lower: 0 });
    expect(boundsOf('widget', [...busy(80, 0), Number.NaN])).toEqual({ lower: 0 });
  });

  test.each([
    ['was negative once', [...busy(80, 0), -1]],
    ['is short', busy(80, 0, 150)],
    ['rarely rests', busy(95, 0)],
    ['rests above zero', busy(80, 100)],
    ['was always zero', busy(0, 0)],
    ['only comes near, as a temperature does', Array.from({ length: 500 }, (_, i) => 15 + 14.9 * Math.sin(i / 20))],
  ])('that %s may become so', (_, values) => {
    expect(boundsOf('widget', values)).toEqual({});
  });
});
