import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OpenManagerError } from '../../../src/core/errors.ts';
import {
  formatAbout,
  formatDuration,
  formatTime,
  parseDuration,
  parseInterval,
  parseTime,
} from '../../../src/core/time.ts';

const nowMs = Date.UTC(2026, 2, 1, 12, 0, 0);
const noon = Date.UTC(2026, 2, 1, 12);
const time = (text: string) => parseTime(text, nowMs, 'from');

function refused(parse: () => unknown): OpenManagerError {
  try {
    parse();
  } catch (error) {
    if (error instanceof OpenManagerError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('times', () => {
  test.each([
    ['now', nowMs],
    [' now ', nowMs],
    ['now-6h', nowMs - 6 * 3_600_000],
    ['now - 6h', nowMs - 6 * 3_600_000],
    ['-6h', nowMs - 6 * 3_600_000],
    ['+90s', nowMs + 90_000],
    ['now+1d12h', nowMs + 36 * 3_600_000],
    ['-1.5m', nowMs - 90_000],
  ])('"%s" is relative to the now of the request', (text, expected) => {
    expect(time(text)).toBe(expected);
  });

  test.each([
    ['2026-03-01T12:00:00Z', noon],
    ['2026-03-01T12:00:00.250Z', noon + 250],
    ['2026-03-01t12:00z', noon],
    ['2026-03-01 12:00:00', noon],
    ['2026-03-01T13:00:00+01:00', noon],
    ['2026-03-01T08:30-0330', noon],
    ['2026-03-01', noon - 12 * 3_600_000],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
  ])('"%s" is ISO 8601, in UTC where it names no zone', (text, expected) => {
    expect(time(text)).toBe(expected);
  });

  test('a number of microseconds or nanoseconds is told by its size, and exact to the microsecond', () => {
    expect(time('1772366400000000')).toBe(1_772_366_400_000);
    expect(time('1772366400123456')).toBe(1_772_366_400_123.456);
    expect(time('100000000000000')).toBe(100_000_000_000);
    expect(time('1772366400123000000')).toBe(1_772_366_400_123);
    expect(time('1772366400123456789')).toBeCloseTo(1_772_366_400_123.457, 2);
    expect(time('100000000000000000')).toBe(100_000_000_000);
    fc.assert(
      fc.property(fc.integer({ min: 100_000_000_000, max: 99_999_999_999_999 }), (ms) => {
        for (const more of ['', '000', '000000']) expect(time(`${ms}${more}`)).toBe(ms);
      }),
    );
  });

  test('a number is epoch seconds or, from 1973 on, epoch milliseconds', () => {
    expect(time('1772366400')).toBe(1_772_366_400_000);
    expect(time('1772366400.5')).toBe(1_772_366_400_500);
    expect(time('1772366400000')).toBe(1_772_366_400_000);
    expect(time('99999999999')).toBe(99_999_999_999_000);
    expect(time('100000000000')).toBe(100_000_000_000);
  });

  test.each([
    '',
    ' ',
    'yesterday',
    'now-',
    'now6h',
    '--6h',
    '-6',
    '-6y',
    '12',
    '20260301',
    '2026-13-01',
    '2026-02-30',
    '2025-02-29T00:00:00Z',
    '2026-04-31',
    '2026-03-01T25:00',
    '2026-03-01T12:00+25:00',
    '2026-03-01T12:00:00Z; DROP TABLE',
    '99999999999999999999',
    `-${'9'.repeat(40)}d`,
  ])('"%s" is refused with the name of the parameter and the valid forms', (text) => {
    const { code, message } = refused(() => time(text));
    expect(code).toBe('invalid_argument');
    expect(message).toMatch(/^from: /);
    expect(message).toContain('"now-6h"');
    expect(message).toContain('epoch seconds, ms, us or ns');
  });

  test('a long text is not repeated whole in the error', () => {
    expect(refused(() => time('x'.repeat(10_000))).message.length).toBeLessThan(300);
  });

  test('what is formatted is read back, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        expect(parseTime(formatTime(seconds * 1000), nowMs, 'from')).toBe(seconds * 1000);
      }),
    );
    expect(formatTime(noon)).toBe('2026-03-01T12:00:00Z');
  });

  test('every moment of ISO 8601 with milliseconds is read exactly, in any zone', () => {
    const moments = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(Date.UTC(9999, 0)) });
    fc.assert(
      fc.property(moments, fc.integer({ min: -23 * 60, max: 23 * 60 }), (date, offsetMinutes) => {
        const local = new Date(date.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1);
        fc.pre(/^\d{4}-/.test(local));
        const two = (value: number) => String(value).padStart(2, '0');
        const size = Math.abs(offsetMinutes);
        const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(time(`${local}${zone}`)).toBe(date.getTime());
      }),
    );
  });

  test('any text is either a finite time or an invalid argument', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(now)?[-+]?[\d.]*(ms|[smhdw])?$/)), (text) => {
        let ms = 0;
        try {
          ms = time(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_argument' });
        }
        expect(Number.isFinite(new Date(ms).getTime())).toBe(true);
      }),
    );
  });
});

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['250ms', 250],
    ['0.5h', 1_800_000],
  ])('"%s" is a duration', (text, expected) => {
    expect(parseDuration(text, 'step')).toBe(expected);
  });

  test.each([
    '',
    '5',
    'm',
    '0s',
    '-5m',
    '5 minutes',
    '1y',
    '5M',
    'Infinityd',
    `${'1s'.repeat(33)}`,
    `${'9'.repeat(60)}d`,
  ])('"%s" is refused with the name of the parameter and the valid units', (text) => {
    const { code, message } = refused(() => parseDuration(text, 'step'));
    expect(code).toBe('invalid_argument');
    expect(message).toMatch(/^step: /);
    expect(message).toContain('ms, s, m, h, d, w');
  });

  test('what is formatted is read back exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e15 }), (ms) => {
        expect(parseDuration(formatDuration(ms), 'step')).toBe(ms);
      }),
    );
  });

  test('the shortest form is used', () => {
    expect(formatDuration(90_000)).toBe('1m30s');
    expect(formatDuration(86_400_000)).toBe('1d');
    expect(formatDuration(0)).toBe('0s');
  });
});

test.each([
  [0, '1s'],
  [61_400, '1m1s'],
  [3_600_000 + 31_000, '1h1m'],
  [3 * 86_400_000 + 40 * 60_000, '3d1h'],
])('%i ms are about %s', (ms, about) => {
  expect(formatAbout(ms)).toBe(about);
});

describe('parseInterval', () => {
  test('reads two times with a slash between them, relative ones against now', () => {
    expect(parseInterval('2026-11-01T00:00Z/2026-11-01T06:00Z', 0, 'exclude')).toEqual({
      fromMs: Date.UTC(2026, 10, 1),
      toMs: Date.UTC(2026, 10, 1, 6),
    });
    expect(parseInterval('-2h/now', 10_000_000, 'exclude')).toEqual({ fromMs: 2_800_000, toMs: 10_000_000 });
  });

  test.each([
    ['2026-11-01', /no interval; use two times with \/ between them/],
    ['a/b/c', /no interval/],
    ['2026-11-01/yesterday', /"yesterday" is no time/],
    ['2026-11-02/2026-11-01', /ends before it starts/],
    ['2026-11-01/2026-11-01', /ends when it starts; the earlier time comes first/],
  ])('refuses %s', (text, message) => {
    expect(() => parseInterval(text, 0, 'exclude')).toThrow(message);
  });
});
