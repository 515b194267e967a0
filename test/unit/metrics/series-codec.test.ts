import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OpenManagerError } from '../../../src/core/errors.ts';
import type { Samples } from '../../../src/metrics/samples.ts';
import { decodeChunk, decodeChunkInto, encodeChunk, isIntact } from '../../../src/metrics/series-codec.ts';

const hourStartMs = 1_700_002_800_000;
const hourMs = 3_600_000;

function regular(values: readonly number[], stepMs = Math.floor(hourMs / values.length)): Samples {
  const timesMs = Float64Array.from(values, (_, i) => hourStartMs + i * stepMs);
  return { timesMs, values: Float64Array.from(values) };
}

function range(n: number, valueAt: (i: number) => number): number[] {
  return Array.from({ length: n }, (_, i) => valueAt(i));
}

/** The same bits: 0 and -0 differ. */
function expectSame(actual: Samples, expected: Samples): void {
  expect(new BigUint64Array(actual.values.buffer)).toEqual(new BigUint64Array(expected.values.slice().buffer));
  expect(actual.timesMs).toEqual(expected.timesMs);
}

function expectRoundTrip(samples: Samples): Uint8Array {
  const chunk = encodeChunk(samples, hourStartMs);
  expectSame(decodeChunk(chunk, samples.timesMs.length, hourStartMs), samples);
  return chunk;
}

/** Repeatable noise of about 0 to 1. */
function noise(i: number): number {
  return crc32(String(i)) / 2 ** 32;
}

const anyValue = fc.double({ noNaN: true, noDefaultInfinity: true });
const valueKinds = {
  'any doubles': anyValue,
  'doubles of one size': fc.double({ noNaN: true, min: 40, max: 60 }),
  'whole numbers': fc.maxSafeInteger(),
  'small whole numbers': fc.integer({ min: -300, max: 300 }),
  'decimals of one length': fc.integer({ min: -1_000_000, max: 1_000_000 }).map((i) => i / 100),
  'decimals of any length': fc.tuple(fc.integer(), fc.integer({ min: 0, max: 15 })).map(([i, e]) => i / 10 ** e),
  'few distinct doubles': fc.integer({ min: 1, max: 6 }).map((i) => i / 7),
  'single precision': fc.float({ noNaN: true, noDefaultInfinity: true }),
  'both zeros': fc.constantFrom(0, -0),
  'multiples of a page': fc.integer({ min: 0, max: 2 ** 21 }).map((i) => i * 4096),
  extremes: fc.constantFrom(
    0,
    -0,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    Number.MAX_VALUE,
    -1e308,
    2 ** 53,
    -(2 ** 53),
  ),
};

describe('a chunk gives back its samples to the last bit', () => {
  test.each(Object.entries(valueKinds))('%s', (_kind, value) => {
    fc.assert(
      fc.property(fc.array<number>(value, { minLength: 1, maxLength: 200 }), (values) => {
        expectRoundTrip(regular(values));
      }),
    );
  });

  test.each(Object.entries(valueKinds))('%s in runs', (_kind, value) => {
    const run = fc.tuple(value, fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 20 }), (runs) => {
        expectRoundTrip(regular(runs.flatMap(([one, length]) => range(length, () => one))));
      }),
    );
  });

  test('sums of steps, and of steps of steps', () => {
    const step = fc.integer({ min: -(2 ** 30), max: 2 ** 30 });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 300 }), fc.boolean(), (steps, twice) => {
        let [slope, level] = [0, 0];
        const values = steps.map((one) => {
          slope = twice ? slope + one : one;
          level += slope;
          return level;
        });
        expectRoundTrip(regular(values));
      }),
    );
  });

  test('integers at and beyond the limit of what is kept as such', () => {
    const limit = 2 ** 50;
    const ends = [limit - 1, 1 - limit, limit, -limit, limit + 1, 0];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ends), { minLength: 1, maxLength: 80 }), (values) => {
        expectRoundTrip(regular(values));
      }),
    );
    expectRoundTrip(regular(range(200, (i) => (i % 2 === 0 ? limit - 1 : 1 - limit))));
  });

  test('a counter with a reset and values with rare spikes', () => {
    expectRoundTrip(regular(range(240, (i) => (i < 100 ? 1e14 + i * 12_345 : i * 12_345))));
    expectRoundTrip(regular(range(240, (i) => (i % 37 === 0 ? 1e13 * noise(i) : Math.floor(4 * noise(i))))));
  });

  test('irregular times, down to a millisecond and up to the end of the hour', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: hourMs - 1 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(times, (offsets) => {
        const timesMs = Float64Array.from(offsets, (offset) => hourStartMs + offset).sort();
        expectRoundTrip({ timesMs, values: timesMs.map((time) => time % 1000) });
      }),
    );
    expectRoundTrip({ timesMs: Float64Array.of(hourStartMs, hourStartMs + hourMs - 1), values: Float64Array.of(1, 2) });
  });

  test('3,600 samples of each kind, and more than any buffer that is kept', () => {
    expectRoundTrip(regular(range(3600, (i) => Math.round(1e4 * noise(i)) / 100)));
    expectRoundTrip(regular(range(3600, noise)));
    expectRoundTrip(regular(range(3600, (i) => Math.floor(i / 600) / 7)));
    expectRoundTrip(regular(range(70_000, (i) => Math.floor(100 * noise(i)))));
  });

  test('views into longer arrays, without touching what they were given', () => {
    const long = regular(range(300, (i) => Math.round(1e4 * noise(i)) / 100));
    const view = { timesMs: long.timesMs.subarray(50, 150), values: long.values.subarray(50, 150) };
    const before = { timesMs: view.timesMs.slice(), values: view.values.slice() };
    const chunk = encodeChunk(view, hourStartMs);
    expectSame({ timesMs: view.timesMs.slice(), values: view.values.slice() }, before);
    expectSame(decodeChunk(chunk, 100, hourStartMs), before);
  });

  test('at a position of given arrays, and nowhere else', () => {
    const chunks = [range(50, noise), range(50, (i) => i % 3), range(50, () => 7), range(50, (i) => (i % 5) / 7)];
    for (const values of chunks) {
      const samples = regular(values);
      const into = { timesMs: new Float64Array(60).fill(-1), values: new Float64Array(60).fill(-1) };
      decodeChunkInto(encodeChunk(samples, hourStartMs), 50, hourStartMs, into, 5);
      expectSame({ timesMs: into.timesMs.slice(5, 55), values: into.values.slice(5, 55) }, samples);
      const outside = [...into.values.subarray(0, 5), ...into.values.subarray(55), ...into.timesMs.subarray(0, 5)];
      expect(outside.concat(...into.timesMs.subarray(55)).every((value) => value === -1)).toBe(true);
    }
  });
});

describe('the size of a chunk', () => {
  test.each([
    ['an hour of one value', () => 42.5, 240, 16],
    ['an hour of one value of all digits', () => 1 / 3, 240, 24],
    ['3,600 samples of one value', () => 0, 3600, 16],
    ['a counter of constant rate', (i: number) => 1e9 + 1500 * i, 240, 24],
    ['two levels, one after the other', (i: number) => (i < 100 ? 20 : 35), 240, 32],
    ['zeros with one spike', (i: number) => (i === 77 ? 123_456 : 0), 240, 40],
    ['pages of memory, a byte of noise', (i: number) => 4096 * Math.floor(2e6 + 256 * noise(i)), 240, 280],
    ['percentages of two decimals, any of them', (i: number) => Math.floor(1e4 * noise(i)) / 100, 240, 440],
    ['ratios of small counts', (i: number) => Math.floor(8 * noise(i)) / 1501, 240, 190],
    ['doubles of all digits', (i: number) => 32 + 32 * noise(i) * noise(i + 1e6), 240, 1700],
  ])('%s', (_name, valueAt, n, most) => {
    expect(expectRoundTrip(regular(range(n, valueAt))).length).toBeLessThanOrEqual(most);
  });

  test('one outlier costs what it holds, not what its neighbours would hold at its size', () => {
    const calm = range(240, (i) => Math.floor(16 * noise(i)));
    const upset = calm.with(100, 2 ** 45);
    const size = (values: number[]) => expectRoundTrip(regular(values)).length;
    expect(size(upset)).toBeLessThanOrEqual(size(calm) + 24);
  });
});

describe('the stored format', () => {
  const golden = [
    {
      name: 'decimals',
      samples: regular([20.5, 20.75, 21, 20.25, 19.5, 20.5], 15_000),
      hex: '1073de00eea602190042e401051638',
    },
    {
      name: 'doubles at irregular times, in runs',
      samples: {
        timesMs: Float64Array.of(0, 15_001, 29_999, 45_002, 60_000, 75_000, 90_001, 105_000).map(
          (ms) => hourStartMs + ms,
        ),
        values: Float64Array.of(0.1 + 0.2, 0.1 + 0.2, 0.1 + 0.2, 0.1 + 0.2, -0, -0, -0, -0),
      },
      hex: '1304a6000d1dd4c414c4e585038047ffd333333ffe99999483fe11999999a000000000',
    },
  ];

  test.each(golden)('does not change unnoticed: $name', ({ samples, hex }) => {
    expect(Buffer.from(encodeChunk(samples, hourStartMs)).toString('hex')).toBe(hex);
    expectSame(decodeChunk(Buffer.from(hex, 'hex'), samples.timesMs.length, hourStartMs), samples);
  });
});

describe('damaged chunks', () => {
  const chunks = [
    regular(range(100, (i) => Math.floor(1000 * noise(i)) / 100)),
    regular(range(100, (i) => 1e9 + 1000 * i + Math.floor(100 * noise(i)))),
    regular(range(100, (i) => noise(i))),
    regular(range(100, (i) => Math.floor(5 * noise(i)) / 7)),
    regular(range(100, (i) => Math.floor(i / 20) / 7)),
    {
      timesMs: Float64Array.from(range(100, (i) => hourStartMs + 10_000 * i + Math.floor(99 * noise(i)))),
      values: new Float64Array(100),
    },
  ].map((samples) => encodeChunk(samples, hourStartMs));

  /** With a check sum that fits, so that what lies behind it is tried too. */
  function seal(data: Uint8Array): Uint8Array {
    const sealed = data.slice();
    const sum = crc32(data.subarray(3), 100 * 256 + (data[0] ?? 0));
    sealed[1] = sum >>> 8;
    sealed[2] = sum;
    return sealed;
  }

  function expectCorrupt(data: Uint8Array, n = 100, message: RegExp = /damaged/): void {
    const refusal = expect.objectContaining({ code: 'storage_corrupt', message: expect.stringMatching(message) });
    expect(() => decodeChunk(data, n, hourStartMs)).toThrow(refusal);
  }

  /** True when it was refused; samples otherwise hold what samples may hold. */
  function isRefused(data: Uint8Array): boolean {
    try {
      const { timesMs, values } = decodeChunk(data, 100, hourStartMs);
      expect([timesMs.length, values.length]).toEqual([100, 100]);
      expect(values.every(Number.isFinite)).toBe(true);
      expect(
        timesMs.every((time, i) => time > (timesMs[i - 1] ?? hourStartMs - 1) && time < hourStartMs + hourMs),
      ).toBe(true);
      return false;
    } catch (error) {
      if (error instanceof OpenManagerError && error.code === 'storage_corrupt') return true;
      throw error;
    }
  }

  test('every truncation is refused, with a check sum that fits too', () => {
    for (const chunk of chunks) {
      for (let length = 0; length < chunk.length; length++) {
        expectCorrupt(chunk.subarray(0, length));
        if (length > 3) expect(isRefused(seal(chunk.subarray(0, length)))).toBe(true);
      }
    }
  });

  test('bytes after the end are refused', () => {
    for (const chunk of chunks) {
      expectCorrupt(Buffer.concat([chunk, Buffer.alloc(1)]));
      expectCorrupt(seal(Buffer.concat([chunk, Buffer.alloc(1)])), 100, /goes on/);
    }
  });

  test('every flipped bit is refused, and seen without decoding', () => {
    for (const chunk of chunks) {
      for (let bit = 0; bit < chunk.length * 8; bit++) {
        const flipped = chunk.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expectCorrupt(flipped);
        expect(isIntact(flipped, 100)).toBe(false);
      }
      expect([isIntact(chunk, 100), isIntact(chunk, 99), isIntact(chunk.subarray(0, 3), 100)]).toEqual([
        true,
        false,
        false,
      ]);
    }
  });

  test('damage behind a check sum that fits gives samples or a refusal, nothing else', () => {
    const refused: boolean[] = [];
    for (const chunk of chunks) {
      for (let bit = 24; bit < Math.min(chunk.length * 8, 24 + 900); bit++) {
        const flipped = chunk.slice();
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        refused.push(isRefused(seal(flipped)));
      }
    }
    expect(new Set(refused)).toEqual(new Set([true, false]));
  });

  test('any bytes give samples or a refusal, nothing else', () => {
    const flags = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(flags, fc.uint8Array({ minLength: 1, maxLength: 300 }), (flag, bytes) => {
        isRefused(seal(Uint8Array.of(16 + flag, 0, 0, ...bytes)));
      }),
      { numRuns: 3000 },
    );
  });

  test('another number of samples is refused', () => {
    for (const chunk of chunks) for (const n of [1, 99, 101, 3_600_000]) expectCorrupt(chunk, n);
    for (const n of [0, -1, 1.5, Number.NaN, 3_600_001, 1e15])
      expectCorrupt(chunks[0] ?? new Uint8Array(), n, /samples in one hour/);
  });

  test('an unknown version or flag is refused by its name', () => {
    const rest = (chunks[0] ?? new Uint8Array()).subarray(1);
    expectCorrupt(seal(Uint8Array.of(0x20, ...rest)), 100, /version 2, where 1 is known/);
    expectCorrupt(seal(Uint8Array.of(0x14, ...rest)), 100, /flags are 4/);
  });
});
