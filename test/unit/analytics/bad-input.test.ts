import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  backtest,
  backtestOrigins,
  compareWindows,
  detectBatch,
  detectHost,
  findChangepoints,
  findPeriods,
  forecast,
  timeToThreshold,
} from '../../../src/analytics/index.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';

const values = Float64Array.from({ length: 30 }, (_, i) => (i % 6) + Math.sin(i));

/** As callers without types do: anything for anything. */
type Untyped = (values: unknown, options?: unknown) => unknown;

const horizon = 3;
const functions: Readonly<
  Record<string, { readonly call: Untyped; readonly valid: Readonly<Record<string, unknown>> }>
> = {
  forecast: {
    call: forecast as Untyped,
    valid: {
      horizon,
      effort: 'fast',
      stepMs: 1000,
      startMs: 0,
      periods: [6],
      exclude: [],
      levels: [0.9],
      bounds: {},
      members: [],
      prefer: 'naive',
    },
  },
  backtest: {
    call: backtest as Untyped,
    valid: { horizon, effort: 'fast', stepMs: 1000, periods: [6], exclude: [], levels: [0.9] },
  },
  backtestOrigins: {
    call: backtestOrigins as Untyped,
    valid: { horizon, effort: 'fast', stepMs: 1000, periods: [6], exclude: [] },
  },
  timeToThreshold: {
    call: timeToThreshold as Untyped,
    valid: {
      horizon,
      threshold: 20,
      direction: 'above',
      stepMs: 1000,
      periods: [6],
      bounds: {},
      exclude: [],
      levelSince: 3,
      level: 0.8,
    },
  },
  detectBatch: {
    call: detectBatch as Untyped,
    valid: { stepMs: 1000, startMs: 0, periods: [6], sensitivity: 0.5, direction: 'both' },
  },
  findChangepoints: {
    call: findChangepoints as Untyped,
    valid: { stepMs: 1000, periods: [6], change: 'both', minSteps: 3, sensitivity: 0.5 },
  },
  compareWindows: {
    call: compareWindows as Untyped,
    valid: { incidentAt: 20, scale: 10, notable: 1, earlier: [values, values, values], reference: values },
  },
  detectHost: {
    call: (first, o) =>
      (detectHost as Untyped)(
        [
          { id: 'first', values: first },
          { id: 'second', values },
        ],
        o,
      ),
    valid: { sensitivity: 0.5, stepMs: 1000 },
  },
};
const names = Object.keys(functions);
const of = (name: string) => functions[name] ?? expect.fail(name);

/** What it refuses with; undefined where it has a result. Any other error fails the test. */
function refusal(ask: () => unknown): string | undefined {
  try {
    ask();
    return undefined;
  } catch (error) {
    if (!(error instanceof OpenManagerError)) throw error;
    expect(error.code).toBe('invalid_argument');
    return error.message;
  }
}

describe.each(names)('%s', (name) => {
  const { call, valid } = of(name);

  test('has a result for what is valid', () => {
    expect(refusal(() => call(values, valid))).toBeUndefined();
  });

  test.each([[undefined], [null], [5], ['text'], [[]], [Symbol('options')]])('refuses %o for its options', (o) => {
    expect(refusal(() => call(values, o))).toMatch(/^The options are (missing|5|"text"|an array|Symbol\(options\)); /);
  });

  test('refuses what is no Float64Array', () => {
    for (const wrong of [undefined, null, [1, 2], new Float32Array(3), 'text'])
      expect(refusal(() => call(wrong, valid))).toMatch(/^The (series|values of "first") must be a Float64Array/);
  });

  test.each(Object.keys(valid))('has a result or a short refusal that names %s, whatever it is', (option) => {
    const garbage = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withSparseArray: true }),
      fc.array(fc.anything(), { maxLength: 3 }),
      fc.constantFrom(Symbol('odd'), () => 1, Number.NaN, Infinity, -1, 1e9, '0.5', 'x'.repeat(500)),
      fc.record({ lower: fc.anything(), upper: fc.anything(), start: fc.anything(), end: fc.anything() }),
    );
    fc.assert(
      fc.property(garbage, (wrong) => {
        const message = refusal(() => call(values, { ...valid, [option]: wrong }));
        if (message === undefined) return;
        expect(message).toContain(option);
        expect(message.length).toBeLessThan(260);
      }),
      { numRuns: 40 },
    );
  });
});

test('any garbage in place of a series and its step is refused by findPeriods, or has periods', () => {
  const find = findPeriods as Untyped;
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (series, stepMs) => {
      refusal(() => find(series, stepMs));
      refusal(() => find(values, stepMs));
    }),
  );
  expect(refusal(() => find(values, '1h'))).toBe('stepMs is "1h"; it must be a number of milliseconds above 0.');
});

test.each([
  ['forecast', { levels: 0.95 }, 'levels is 0.95; it must be an array, such as [0.8, 0.95].'],
  [
    'forecast',
    { levels: ['0.9'] },
    'levels contains "0.9"; each must be a number between 0 and 1, both excluded, e.g. 0.95.',
  ],
  ['forecast', { levels: [undefined] }, /^levels contains undefined; /],
  ['forecast', { periods: 24 }, 'periods is 24; it must be an array, such as [24, 168].'],
  ['forecast', { periods: ['24'] }, 'periods contains "24"; each must be a whole number of steps from 2 to 200000.'],
  ['forecast', { exclude: { start: 1, end: 2 } }, /^exclude is \{ start: 1, end: 2 \}; it must be an array, such as/],
  [
    'forecast',
    { exclude: [null] },
    'exclude contains null; each must be a range of two whole indexes, 0 <= start <= end.',
  ],
  ['forecast', { exclude: [{ from: 1, to: 2 }] }, /^exclude contains \{ from: 1, to: 2 \}; each must be a range/],
  ['forecast', { exclude: [{ start: -3, end: 2 }] }, /^exclude contains \{ start: -3, end: 2 \}; each must be a range/],
  ['forecast', { members: {} }, 'members is an object; it must be an array, such as [{ name, mean, past }].'],
  ['forecast', { members: [{}] }, /^members contains an object; each must be an object with name \(a text\), mean/],
  ['forecast', { members: [null] }, /^members contains null; /],
  ['forecast', { horizon: '5' }, 'horizon is "5"; it must be a whole number of steps from 1 to 10000.'],
  ['forecast', { horizon: 5n }, /^horizon is 5n; /],
  ['forecast', { horizon: Symbol('a') }, /^horizon is Symbol\(a\); /],
  ['forecast', { bounds: { min: 0 } }, /^bounds is \{ min: 0 \}; it must be an object such as \{ lower: 0/],
  ['forecast', { bounds: [0, 1] }, /^bounds is an array; /],
  ['forecast', { bounds: { lower: 'a' } }, /^bounds are lower "a" and upper Infinity; both must be numbers/],
  ['forecast', { prefer: 5 }, 'prefer is 5; it must be a text.'],
  ['forecast', { effort: 'x'.repeat(500) }, /^effort is "x{39}…"; it must be fast or full\.$/],
  ['timeToThreshold', { levelSince: 1e9 }, /^levelSince is 1000000000; .* whole number from 0 to 29\.$/],
  ['timeToThreshold', { level: 95 }, 'level is 95; it must be a number between 0 and 1, both excluded, e.g. 0.95.'],
  ['timeToThreshold', { treshold: 3 }, /^There is no option "treshold"; there are threshold, /],
  ['detectBatch', { direction: 'up' }, 'direction is "up"; it must be both, high or low.'],
  ['detectBatch', { senstivity: 1 }, /^There is no option "senstivity"; there are stepMs, /],
  ['findChangepoints', { change: 'mean' }, 'change is "mean"; it must be level, spread or both.'],
  ['findChangepoints', { minSteps: 0 }, 'minSteps is 0; it must be a whole number from 1 to 100000.'],
  ['findChangepoints', { minStep: 3 }, /^There is no option "minStep"; there are stepMs, periods, change, minSteps, /],
  ['compareWindows', { incidentAt: undefined }, 'incidentAt is undefined; it must be a whole number from 1 to 29.'],
  ['compareWindows', { incidentAt: 30 }, 'incidentAt is 30; it must be a whole number from 1 to 29.'],
  ['compareWindows', { scale: 0 }, 'scale is 0; it must be a number above 0.'],
  ['compareWindows', { notable: '1' }, 'notable is "1"; it must be a number above 0.'],
  ['compareWindows', { earlier: [values, [1]] }, /^earlier contains an array; each must be a Float64Array of the 30 /],
  ['compareWindows', { reference: [1] }, 'reference is an array; it must be a Float64Array.'],
  [
    'compareWindows',
    { reference: new Float64Array(3) },
    /^reference has 3 values; it must have one for each of the 30 /,
  ],
  ['detectHost', { stepMs: 0 }, 'stepMs is 0; it must be a number of milliseconds above 0.'],
  ['detectHost', { senstivity: 1 }, /^There is no option "senstivity"; there are sensitivity, stepMs/],
  ['detectBatch', { sensitivity: '0.5' }, 'sensitivity is "0.5"; it must be a number from 0 to 1.'],
])('%s refuses %o', (name, wrong, message) => {
  const { call, valid } = of(name);
  const refused = refusal(() => call(values, { ...valid, ...wrong }));
  if (typeof message === 'string') expect(refused).toBe(message);
  else expect(refused).toMatch(message);
});
