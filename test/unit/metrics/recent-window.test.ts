import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reading } from '../../../src/metrics/reading.ts';
import { createRecentWindow } from '../../../src/metrics/recent-window.ts';

const everything = { fromMs: 0, toMs: Number.POSITIVE_INFINITY };
const descriptor = (metric: string) => ({ metric, labels: {}, unit: '1' });
const names = ['x', 'y', 'z'] as const;

function reading(host: string, timestampMs: number, values: Readonly<Record<string, number>>): Reading {
  return {
    host,
    timestampMs,
    descriptors: Object.keys(values).map(descriptor),
    values: Float64Array.from(Object.values(values)),
  };
}

const pairs = ({ timesMs, values }: { timesMs: Float64Array; values: Float64Array }) =>
  Array.from(timesMs, (timeMs, i) => [timeMs, values[i]]);

describe('the recent window', () => {
  test('agrees with a plain list of the last readings', () => {
    const ticks = 5;
    const step = fc.record({
      host: fc.constantFrom('a', 'b'),
      forwardMs: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 3 }) }, fc.integer({ min: -9, max: -1 })),
      values: fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.double(), fc.constant(Number.NaN)), {
        noNullPrototype: true,
      }),
    });
    const range = fc.record({ fromMs: fc.integer({ min: 90, max: 140 }), toMs: fc.integer({ min: 90, max: 140 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), range, (steps, { fromMs, toMs }) => {
        const window = createRecentWindow({ ticks });
        const model: Record<string, Reading[]> = { a: [], b: [] };
        for (const { host, forwardMs, values } of steps) {
          const kept = model[host] ?? [];
          const timestampMs = (kept.at(-1)?.timestampMs ?? 100) + forwardMs;
          window.push(reading(host, timestampMs, values));
          if (forwardMs < 0) kept.length = 0;
          if (kept.at(-1)?.timestampMs === timestampMs) kept.pop();
          kept.push(reading(host, timestampMs, values));
          if (kept.length > ticks) kept.shift();
        }
        for (const host of ['a', 'b']) {
          const kept = model[host] ?? [];
          for (const name of names) {
            const valueIn = (one: Reading | undefined) =>
              one?.values[one.descriptors.findIndex(({ metric }) => metric === name)] ?? Number.NaN;
            const expected = kept
              .filter((one) => one.timestampMs >= fromMs && one.timestampMs < toMs && !Number.isNaN(valueIn(one)))
              .map((one) => [one.timestampMs, valueIn(one)]);
            expect(pairs(window.read(host, descriptor(name), { fromMs, toMs }))).toEqual(expected);
            expect(window.last(host, descriptor(name))).toBe(valueIn(kept.at(-1)));
          }
          const first = kept[0];
          expect(window.covers(host, fromMs)).toBe(first !== undefined && first.timestampMs <= fromMs);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('knows nothing of a host or series that never reported', () => {
    const window = createRecentWindow();
    window.push(reading('a', 1, { x: 1 }));
    expect(pairs(window.read('a', descriptor('other'), everything))).toEqual([]);
    expect(pairs(window.read('b', descriptor('x'), everything))).toEqual([]);
    expect(window.last('b', descriptor('x'))).toBeNaN();
    expect(window.covers('b', 1)).toBe(false);
  });

  test('does not claim to cover a host of which a series found no room', () => {
    const window = createRecentWindow({ maxSeries: 2 });
    window.push(reading('a', 1, { x: 1, y: 2 }));
    window.push(reading('b', 1, { x: 1 }));
    expect(window.covers('a', 1)).toBe(true);
    expect(window.covers('b', 1)).toBe(false);
    expect(pairs(window.read('b', descriptor('x'), everything))).toEqual([]);
  });

  test('does not claim to cover the time in which readings are missing, nor what was stored by another way', () => {
    const window = createRecentWindow({ maxGapMs: 3 });
    for (const timeMs of [1, 2, 5]) window.push(reading('a', timeMs, { x: timeMs }));
    expect(window.covers('a', 1)).toBe(true);
    window.push(reading('a', 9, { x: 9 }));
    expect([window.covers('a', 8), window.covers('a', 9)]).toEqual([false, true]);
    window.historyChanged('a');
    expect(window.covers('a', 9)).toBe(false);
    window.push(reading('a', 10, { x: 10 }));
    expect([window.covers('a', 9), window.covers('a', 10)]).toEqual([false, true]);
  });

  test('gives the room of a series that fell silent to another', () => {
    const window = createRecentWindow({ ticks: 3, maxSeries: 2 });
    window.push(reading('a', 1, { x: 1, y: 1 }));
    for (const timeMs of [2, 3, 4]) window.push(reading('a', timeMs, { x: timeMs }));
    window.push(reading('a', 5, { x: 5, z: 50 }));
    window.push(reading('a', 6, { x: 6, z: 60 }));
    expect(pairs(window.read('a', descriptor('z'), everything))).toEqual([
      [5, 50],
      [6, 60],
    ]);
    expect(window.covers('a', 5)).toBe(true);
  });

  test('keeps reading descriptors by identity right when their series were dropped meanwhile', () => {
    const window = createRecentWindow({ ticks: 2 });
    const often = reading('a', 1, { x: 1 });
    window.push(often);
    for (const timeMs of [2, 3, 4]) window.push(reading('a', timeMs, { y: timeMs }));
    window.push({ ...often, timestampMs: 5 });
    expect(pairs(window.read('a', descriptor('x'), everything))).toEqual([[5, 1]]);
  });

  test('hands out samples that later readings do not change', () => {
    const window = createRecentWindow({ ticks: 2 });
    window.push(reading('a', 1, { x: 1 }));
    const samples = window.read('a', descriptor('x'), everything);
    for (const timeMs of [2, 3, 4]) window.push(reading('a', timeMs, { x: timeMs }));
    expect(pairs(samples)).toEqual([[1, 1]]);
  });
});
