import { expect, test } from 'vitest';
import { unitBounds } from '../../../src/metrics/unit-bounds.ts';

test.each([
  ['%', [10, 95], { lower: 0, upper: 100 }],
  ['%', [10, 250], { lower: 0 }],
  ['%', [-5, 40], { upper: 100 }],
  ['1', [0.2, 0.9], { lower: 0, upper: 1 }],
  ['1', [0.2, 1.4], { lower: 0 }],
  ['1', [0, 1, 1, Number.NaN], { lower: 0 }],
  ['1', [3, 500], { lower: 0 }],
  ['By', [1, 2], { lower: 0 }],
  ['GiBy', [1, 2], { lower: 0 }],
  ['By/s', [1, 2], { lower: 0 }],
  ['ms', [1, 2], { lower: 0 }],
  ['{thread}', [1, 2], { lower: 0 }],
  ['Cel', [10, 20], {}],
  ['', [10, 20], {}],
  ['s', [-0.2, 0.1], {}],
])('of %s with %j are %j', (unit, values, bounds) => {
  expect(unitBounds(unit, Float64Array.from(values))).toEqual(bounds);
});
