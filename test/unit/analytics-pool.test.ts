import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { forecast, timeToThreshold } from '../../src/analytics/index.ts';
import { createAnalyticsPool } from '../../src/analytics-pool.ts';
import { packagePath } from '../../src/core/package-path.ts';
import { summarize } from '../../src/metrics/summarize.ts';
import { createRandom } from '../support/random.ts';
import { until } from '../support/until.ts';
import { exit, outOfMemory } from '../support/workers/mortal.ts';

const { signal: never } = new AbortController();

/** A day's season with noise, in steps of an hour. */
function hourly(length: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length }, (_, i) => 10 + Math.sin((i * Math.PI) / 12) + random.uniform());
}

const short = (seed: number) => ({ values: hourly(300, seed), options: { horizon: 3 } });
/** Takes a second and more of one core. */
const long = (seed: number) => ({ values: hourly(60_000, seed), options: { horizon: 1000 } });

/** Milliseconds of CPU that the whole process, its threads included, has taken. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Resolves when threads have computed for a while: what is asked for is no longer only on its way to them. */
async function untilComputing(): Promise<void> {
  const before = cpuMs();
  await until('threads to compute', () => cpuMs() - before > 50);
}

test('samples are summarized in a thread as they would be here, and their memory goes there', async () => {
  await using pool = createAnalyticsPool();
  const request = () => ({
    samples: {
      timesMs: Float64Array.from({ length: 50_000 }, (_, i) => i * 1000),
      values: Float64Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 1000),
    },
    window: { fromMs: 0, toMs: 50_000_000, stepMs: 1_000_000 },
    aggregation: 'p95' as const,
    countStepMs: 1000,
  });
  const sent = request();
  expect(await pool.summarize(sent)).toEqual(summarize(request()));
  expect(sent.samples.values.byteLength).toBe(0);
});

test('many series are forecast as one by one, and a bad one among them is refused alone', async () => {
  await using pool = createAnalyticsPool({ threads: 2 });
  const series = Array.from({ length: 20 }, (_, i) => short(i));
  series[11] = { values: Float64Array.of(Number.NaN), options: { horizon: 3 } };
  const outcomes = await pool.forecastMany(series, never);
  for (const [i, { values, options }] of series.entries()) {
    if (i === 11) expect(outcomes[i]).toMatchObject({ ok: false, error: { code: 'invalid_argument' } });
    else expect(outcomes[i]).toEqual({ ok: true, result: forecast(values, options) });
  }
  await expect(pool.forecast(Float64Array.of(Number.NaN), { horizon: 3 }, never)).rejects.toMatchObject({
    code: 'invalid_argument',
  });
});

describe('a forecast that is given up in the middle', () => {
  test('ends its thread and frees the CPU within 50 ms', async () => {
    await using pool = createAnalyticsPool({ threads: 2 });
    // The threads are there.
    await Promise.all([1, 2].map((seed) => pool.forecast(short(seed).values, { horizon: 3 }, never)));
    const given = new AbortController();
    const asked = [1, 2].map((seed) => pool.forecast(long(seed).values, long(seed).options, given.signal));
    await untilComputing();
    given.abort('enough');
    for (const one of asked) await expect(one).rejects.toBe('enough');
    await setTimeout(50);
    const ended = cpuMs();
    await setTimeout(200);
    expect(cpuMs() - ended, 'CPU from 50 to 250 ms after').toBeLessThan(40);
  });

  test('leaves what other threads do alone, and what waits behind it goes on', async () => {
    await using pool = createAnalyticsPool({ threads: 2 });
    const given = new AbortController();
    const [endless, other] = [long(1), long(2)];
    const gone = pool.forecast(endless.values, endless.options, given.signal);
    const untouched = pool.forecast(other.values, other.options, never);
    const behind = [1, 2, 3].map((seed) => pool.forecast(short(seed).values, { horizon: 3 }, never));
    await untilComputing();
    given.abort('enough');
    await expect(gone).rejects.toBe('enough');
    expect((await untouched).mean).toHaveLength(1000);
    for (const one of behind) expect((await one).mean).toHaveLength(3);
  });

  test('goes on where all threads have been ended at once', async () => {
    await using pool = createAnalyticsPool({ threads: 2 });
    const given = new AbortController();
    const gone = [1, 2, 3, 4].map((seed) => pool.forecast(long(seed).values, long(seed).options, given.signal));
    const behind = pool.forecast(short(1).values, { horizon: 3 }, never);
    await untilComputing();
    given.abort('enough');
    for (const one of gone) await expect(one).rejects.toBe('enough');
    expect((await behind).mean).toHaveLength(3);
  });

  test('as one of many ends them all', async () => {
    await using pool = createAnalyticsPool({ threads: 2 });
    const given = new AbortController();
    const done: number[] = [];
    const series = Array.from({ length: 6 }, (_, i) => long(i));
    const all = pool.forecastMany(series, given.signal, (count) => {
      done.push(count);
      given.abort('enough');
    });
    await expect(all).rejects.toBe('enough');
    expect(done).toEqual([1]);
  });
});

describe('an analysis that cannot be finished', () => {
  test('is ended after its deadline, and says so', async () => {
    await using pool = createAnalyticsPool({ threads: 1, deadlineMs: 200 });
    const { values, options } = long(1);
    await expect(pool.forecast(values, options, never)).rejects.toMatchObject({
      code: 'timeout',
      message: 'The analysis was ended after 200ms; ask for less history or a longer step.',
    });
  });

  test.each([
    [
      'runs out of memory',
      outOfMemory,
      'It needs more than the 24 MB that an analysis may take; ask for a longer step.',
    ],
    ['exits', exit, 'The thread that computed it has died.'],
  ])('because its thread %s is told, and what waits behind it is not harmed', async (_how, horizon, message) => {
    const worker = packagePath('test', 'support', 'workers', 'mortal.ts');
    await using pool = createAnalyticsPool({ threads: 1, heapMegabytes: 24, worker });
    const dying = pool.forecast(short(1).values, { horizon }, never);
    const behind = pool.forecast(short(1).values, { horizon: 9 }, never);
    await expect(dying).rejects.toMatchObject({ code: 'unavailable', message });
    expect(await behind).toBe('alive');
  });

  test('because no thread can be started is told, and does not wait for ever', async () => {
    await using pool = createAnalyticsPool({ threads: 1, heapMegabytes: 8 });
    for (const seed of [1, 2]) {
      await expect(pool.forecast(short(seed).values, { horizon: 3 }, never)).rejects.toMatchObject({
        code: 'unavailable',
        message: 'The threads that compute it do not start.',
      });
    }
  });

  test('because the server stops is told, whether it computes or waits', async () => {
    const pool = createAnalyticsPool({ threads: 1 });
    const asked = [1, 2].map((seed) => pool.forecast(long(seed).values, long(seed).options, never));
    const stopped = { code: 'unavailable', message: 'The server is stopping.' };
    const ended = asked.map((one) => expect(one).rejects.toMatchObject(stopped));
    await untilComputing();
    await pool[Symbol.asyncDispose]();
    await Promise.all(ended);
  });
});

test('several series are held against their thresholds in a thread, and a call that is cancelled ends', async () => {
  await using pool = createAnalyticsPool();
  const options = { threshold: 0.9, horizon: 300 };
  const rising = (perStep: number) => Float64Array.from({ length: 400 }, (_, i) => 0.2 + perStep * i);
  const questions = () => [0.001, 0.0015, 0].map((perStep) => ({ values: rising(perStep), options }));
  const sent = questions();
  const { signal } = new AbortController();
  expect(await pool.timesToThresholds(sent, signal)).toEqual(
    questions().map(({ values }) => timeToThreshold(values, options)),
  );
  expect(sent[0]?.values.byteLength).toBe(0);
  const controller = new AbortController();
  const many = Array.from({ length: 2_000 }, () => ({ values: rising(0.001), options }));
  const running = pool.timesToThresholds(many, controller.signal);
  controller.abort();
  await expect(running).rejects.toThrow();
});
