import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatValue, jsonNumber, round } from '../../../src/core/format.ts';

test.each([
  [0.12345, '1', '12.3 %'],
  [0, '1', '0 %'],
  [1, '1', '100 %'],
  [0, 'By', '0 B'],
  [1023, 'By', '1020 B'],
  [1024, 'By', '1 KiB'],
  [16 * 1024 ** 3, 'By', '16 GiB'],
  [-3 * 1024 ** 2, 'By', '-3 MiB'],
  [5 * 1024 ** 6, 'By', '5120 PiB'],
  [2048, 'By/s', '2 KiB/s'],
  [0.0042, 's', '4.2 ms'],
  [12.3456, 's', '12.35 s'],
  [3, '{process}', '3'],
  [3.5, '{operation}/s', '3.5 /s'],
  [7, 'Cel', '7 Cel'],
  [Number.NaN, 'By', 'n/a'],
])('%s in %s is shown as %s', (value, unit, shown) => {
  expect(formatValue(value, unit)).toBe(shown);
});

test('rounding keeps the significant digits of a number of any size', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-300, max: 1e300 }), (value) => {
      expect(Math.abs(round(value) / value - 1)).toBeLessThanOrEqual(5.1e-4);
      expect(jsonNumber(value)).toBeCloseTo(value, -Math.floor(Math.log10(value)) + 3);
    }),
  );
});

test('what JSON cannot say is null', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(jsonNumber(value)).toBeNull();
  expect(round(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
});
