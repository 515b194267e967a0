import { expect, test, vi } from 'vitest';
import type { AnalysisInput, Outcome } from '../../src/analytics/runner.ts';
import { createAnalysisResults } from '../../src/analytics-results.ts';
import { OpenManagerError } from '../../src/core/errors.ts';

interface Options {
  readonly horizon: number;
}
type Input = AnalysisInput<Options>;

const { signal: never } = new AbortController();
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const one = (seed: number, horizon = 1, length = 3): Input => ({
  values: Float64Array.from({ length }, (_, i) => (i === 0 ? Number.NaN : i * seed)),
  options: { horizon },
});
const sumsOf = (series: readonly Input[]) =>
  series.map(({ values, options }): Outcome<{ sum: number }> => {
    return { ok: true, result: { sum: options.horizon * (values.at(-1) ?? 0) } };
  });

/** Computes at once, or when `finish` is called. */
function setUp({ waits = false } = {}) {
  const gate = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const compute = vi.fn(async (series: readonly Input[], signal: AbortSignal) => {
    signals.push(signal);
    if (waits) await gate.promise;
    return sumsOf(series);
  });
  return { results: createAnalysisResults(compute, { atOnce: 2 }), compute, signals, finish: gate.resolve };
}

test('the same values with the same options are not computed again, and get the same result', async () => {
  const { results, compute } = setUp();
  const [first] = await results([one(2)], never);
  const [again] = await results([one(2)], never);
  expect(first).toEqual({ ok: true, result: { sum: 4 } });
  expect(again).toBe(first);
  expect(compute).toHaveBeenCalledOnce();
});

test.each<[string, Input]>([
  ['one value more', one(2, 1, 4)],
  ['another value', { ...one(2), values: Float64Array.of(Number.NaN, 2, 4.000001) }],
  ['a value where one was missing', { ...one(2), values: Float64Array.of(0, 2, 4) }],
  ['other options', one(2, 2)],
])('with %s it is computed anew', async (_what, changed) => {
  const { results, compute } = setUp();
  await results([one(2)], never);
  expect(await results([changed], never)).toEqual(sumsOf([changed]));
  expect(compute).toHaveBeenCalledTimes(2);
});

test('what is changed in place is new data too', async () => {
  const { results, compute } = setUp();
  const series = one(2);
  await results([series], never);
  series.values[2] = 7;
  expect(await results([series], never)).toEqual([{ ok: true, result: { sum: 7 } }]);
  expect(compute).toHaveBeenCalledTimes(2);
});

test('two who ask for the same at once share one computation', async () => {
  const { results, compute, finish } = setUp({ waits: true });
  const both = [results([one(1), one(2)], never), results([one(2), one(1)], never)];
  await settle();
  finish();
  expect(await Promise.all(both)).toEqual([sumsOf([one(1), one(2)]), sumsOf([one(2), one(1)])]);
  expect(compute).toHaveBeenCalledOnce();
});

test('a shared computation ends when all have given up, not before', async () => {
  const { results, signals } = setUp({ waits: true });
  const [ada, eve] = [new AbortController(), new AbortController()];
  const asked = [results([one(1)], ada.signal), results([one(1)], eve.signal)];
  await settle();
  ada.abort('enough');
  await expect(asked[0]).rejects.toBe('enough');
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  eve.abort('me too');
  await expect(asked[1]).rejects.toBe('me too');
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test('after everybody has given up, who asks again gets it computed', async () => {
  const { results, compute, finish } = setUp({ waits: true });
  const given = new AbortController();
  const gone = results([one(1)], given.signal);
  await settle();
  given.abort('enough');
  await expect(gone).rejects.toBe('enough');
  const again = results([one(1)], never);
  await settle();
  finish();
  expect(await again).toEqual(sumsOf([one(1)]));
  expect(compute).toHaveBeenCalledTimes(2);
});

test('many series are computed several a task, in their order, with progress that grows', async () => {
  const { results, compute } = setUp();
  const series = Array.from({ length: 100 }, (_, i) => one(i));
  const progress: number[] = [];
  expect(await results(series, never, (done) => progress.push(done))).toEqual(sumsOf(series));
  expect(compute.mock.calls.map(([of]) => of.length)).toEqual([...Array<number>(12).fill(8), 4]);
  expect(progress).toEqual([8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 100]);
});

test('of long series there are fewer in a task', async () => {
  const { results, compute } = setUp();
  await results(
    Array.from({ length: 5 }, (_, i) => one(i, 1, 20_000)),
    never,
  );
  expect(compute.mock.calls.map(([of]) => of.length)).toEqual([2, 2, 1]);
});

test('of what was computed before only the rest is computed', async () => {
  const { results, compute } = setUp();
  await results([one(1), one(3)], never);
  expect(await results([one(1), one(2), one(3)], never)).toEqual(sumsOf([one(1), one(2), one(3)]));
  expect(compute.mock.calls.map(([of]) => of.length)).toEqual([2, 1]);
});

test('a refusal is the outcome of its series alone, and is not kept', async () => {
  const error = new OpenManagerError('invalid_argument', 'horizon: too far.');
  const compute = vi.fn(async (series: readonly Input[]): Promise<Outcome<{ sum: number }>[]> => {
    return series.map((it, i) => (i === 1 ? { ok: false, error } : sumsOf([it])[0])) as Outcome<{ sum: number }>[];
  });
  const results = createAnalysisResults(compute, { atOnce: 2 });
  const asked = [one(1), one(2), one(3)];
  expect(await results(asked, never)).toEqual([...sumsOf([one(1)]), { ok: false, error }, ...sumsOf([one(3)])]);
  await results(asked, never);
  expect(compute.mock.calls.map(([of]) => of.length)).toEqual([3, 1]);
});

test('a task that fails is the outcome of its series; other tasks go on', async () => {
  const error = new OpenManagerError('timeout', 'It took too long.');
  let tasks = 0;
  const results = createAnalysisResults(
    async (series: readonly Input[]) => {
      if (++tasks === 1) throw error;
      return sumsOf(series);
    },
    { atOnce: 2 },
  );
  const series = Array.from({ length: 10 }, (_, i) => one(i));
  const outcomes = await results(series, never);
  expect(outcomes.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => ({ ok: false, error })));
  expect(outcomes.slice(8)).toEqual(sumsOf(series.slice(8)));
});
