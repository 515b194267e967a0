import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawable } from '../../../../src/charts/drawing/decimate.ts';
import { formatSpan, timeTicks } from '../../../../src/charts/drawing/time-ticks.ts';
import { valueAxis } from '../../../../src/charts/drawing/value-axis.ts';

const at = (text: string) => Date.parse(text);
const labels = (from: string, to: string, maxCount = 9) =>
  timeTicks(at(from), at(to), maxCount).map(({ label }) => label);

describe('the ticks of time', () => {
  test.each([
    ['2026-11-24T10:00:30Z', '2026-11-24T10:01:15Z', ['10:00:30', '10:00:35']],
    ['2026-11-24T10:03Z', '2026-11-24T10:33Z', ['10:05', '10:10']],
    ['2026-11-24T23:10Z', '2026-11-25T01:10Z', ['23:15', '23:30', '23:45', '25 Nov', '00:15']],
    ['2026-11-24T10:00Z', '2026-11-26T10:00Z', ['12:00', '18:00', '25 Nov', '06:00']],
    ['2026-11-20T10:00Z', '2026-11-27T10:00Z', ['21 Nov', '22 Nov']],
    ['2026-10-01T00:00Z', '2026-11-24T00:00Z', ['5 Oct', '12 Oct', '19 Oct']],
    ['2025-11-24T00:00Z', '2026-11-24T00:00Z', ['2026', 'Mar', 'May', 'Jul', 'Sep', 'Nov']],
    ['2016-02-01T00:00Z', '2026-11-24T00:00Z', ['2018', '2020', '2022', '2024', '2026']],
  ])('from %s to %s begin with %j', (from, to, expected) => {
    expect(labels(from, to).slice(0, expected.length)).toEqual(expected);
  });

  test('are in the window, in order, and at most as many as fit, whatever the window', () => {
    const windows = fc.record({
      from: fc.integer({ min: 0, max: 4e12 }),
      span: fc.oneof(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e13 })),
      count: fc.integer({ min: 2, max: 20 }),
    });
    fc.assert(
      fc.property(windows, ({ from, span, count }) => {
        const ticks = timeTicks(from, from + span, count).map(({ ms }) => ms);
        expect(ticks.length).toBeLessThanOrEqual(count + 1);
        expect(ticks.every((ms) => ms >= from && ms <= from + span)).toBe(true);
        expect(ticks.every((ms, i) => i === 0 || ms > (ticks[i - 1] ?? 0))).toBe(true);
      }),
    );
  });

  test('a span names its day once', () => {
    expect(formatSpan(at('2026-11-24T08:00Z'), at('2026-11-24T09:30Z'))).toBe('24 Nov 2026 08:00 to 09:30 UTC');
    expect(formatSpan(at('2025-12-31T23:00Z'), at('2026-01-01T01:00Z'))).toBe(
      '31 Dec 2025 23:00 to 1 Jan 2026 01:00 UTC',
    );
  });
});

describe('the axis of values', () => {
  const ticks = (least: number, greatest: number, unit: string) => valueAxis(least, greatest, unit).labels;

  test.each([
    [0.02, 0.83, '1', ['0 %', '20 %', '40 %', '60 %', '80 %', '100 %']],
    [0.991, 0.9935, '1', ['99.1 %', '99.15 %', '99.2 %', '99.25 %', '99.3 %', '99.35 %']],
    [0, 3.2 * 2 ** 30, 'By', ['0 B', '1 GiB', '2 GiB', '3 GiB', '4 GiB']],
    [1000, 900_000, 'By/s', ['0 B/s', '256 KiB/s', '512 KiB/s', '768 KiB/s', '1 MiB/s']],
    [0.12, 0.43, 's', ['0 ms', '100 ms', '200 ms', '300 ms', '400 ms', '500 ms']],
    [-3, 4, '{packet}/s', ['-4 /s', '-2 /s', '0 /s', '2 /s', '4 /s']],
    [0, 0, '1', ['0 %', '20 %', '40 %', '60 %', '80 %', '100 %']],
    [295, 307, '{item}', ['295', '297.5', '300', '302.5', '305', '307.5']],
    [7, 7, '{process}', ['0', '2', '4', '6', '8']],
    [0, 1e15, '{packet}/s', ['0 /s', '2e+14 /s', '4e+14 /s', '6e+14 /s', '8e+14 /s', '1e+15 /s']],
    [0, 1e9, '{packet}', ['0', '2e+8', '4e+8', '6e+8', '8e+8', '1e+9']],
    [-1e300, 1e300, '{packet}', ['-1e+300', '-5e+299', '0', '5e+299', '1e+300']],
    [1e300, 1e300, '{packet}', ['0', '2e+299', '4e+299', '6e+299', '8e+299', '1e+300']],
    [-2e-300, -1e-300, '{packet}', ['-2e-300', '-1.5e-300', '-1e-300', '-5e-301', '0']],
    [1e-300, 1e300, 's', ['0 ms', '2e+299 s', '4e+299 s', '6e+299 s', '8e+299 s', '1e+300 s']],
    [0, 1e305, '1', ['0 %', '2e+306 %', '4e+306 %', '6e+306 %', '8e+306 %', '1e+307 %']],
    [-1e300, -1e300, 'By', ['-1e+285 PiB', '-8e+284 PiB', '-6e+284 PiB', '-4e+284 PiB', '-2e+284 PiB', '0 B']],
    [0, 1e-300, 'By/s', ['0 B/s', '2e-301 B/s', '4e-301 B/s', '6e-301 B/s', '8e-301 B/s', '1e-300 B/s']],
    [1e9 + 1, 1e9 + 3, '{packet}', ['1000000001', '1000000001.5', '1000000002', '1000000002.5', '1000000003']],
  ])('from %d to %d in %s has the ticks %j', (least, greatest, unit, expected) => {
    expect(ticks(least, greatest, unit)).toEqual(expected);
  });

  test('holds all values with three to twelve different ticks, whatever they are', () => {
    const ordinary = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), ordinary).map(drawable);
    fc.assert(
      fc.property(value, value, fc.constantFrom('1', 'By', 's'), (a, b, unit) => {
        const [least, greatest] = [Math.min(a, b), Math.max(a, b)];
        const { labels, place } = valueAxis(least, greatest, unit);
        expect(place(least)).toBeGreaterThanOrEqual(-1e-6);
        expect(place(greatest)).toBeLessThanOrEqual(labels.length - 1 + 1e-6);
        expect(place(greatest)).toBeGreaterThanOrEqual(place(least));
        expect(labels.length).toBeGreaterThanOrEqual(3);
        expect(labels.length).toBeLessThanOrEqual(12);
        expect(new Set(labels).size).toBe(labels.length);
        expect(labels.join()).not.toMatch(/NaN|Infinity/);
      }),
    );
  });
});
