import { createServer } from 'node:http';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type PrometheusOptions, readPrometheus } from '../../../../src/metrics/importers/prometheus.ts';
import { createPrometheusClient } from '../../../../src/metrics/importers/prometheus-client.ts';
import { readCounters } from '../../../../src/metrics/importers/prometheus-counters.ts';
import { collect } from '../../../support/collected.ts';
import { type FakeSeries, fakePrometheus } from '../../../support/fake-prometheus.ts';
import { findPrometheus, startPrometheus } from '../../../support/prometheus-server.ts';
import { until } from '../../../support/until.ts';

const t0 = Date.parse('2026-01-01T00:00:00Z') / 1000;
const minute = 60;
const metric = 'node_network_receive_bytes_total';
const key = `web-1 ${metric} By/s instance=web-1:9100`;

/** Totals at so many minutes after t0. */
function totals(pairs: readonly (readonly [number, number])[], name = metric): FakeSeries {
  return {
    labels: { __name__: name, instance: 'web-1:9100' },
    samples: pairs.map(([at, total]) => [t0 + at * minute, total]),
  };
}

type Given = Partial<Omit<PrometheusOptions, 'fromMs' | 'toMs'>> & { fromMinute?: number; toMinute?: number };

async function imported(server: { fetch?: typeof fetch; url?: string }, given: Given = {}) {
  const { fromMinute = 0, toMinute = 10, ...options } = given;
  const done: [number, number][] = [];
  const client = createPrometheusClient({
    url: new URL(server.url ?? 'http://prometheus.test'),
    ...(server.fetch && { fetch: server.fetch }),
    sleep: () => Promise.resolve(),
  });
  const all: PrometheusOptions = {
    match: '{job="node"}',
    fromMs: (t0 + fromMinute * minute) * 1000,
    toMs: (t0 + toMinute * minute) * 1000,
    stepMs: minute * 1000,
    goesOn: false,
    totals: false,
    onDone: async (untilMs, rateSeries) => void done.push([untilMs / 1000 - t0, rateSeries]),
    ...options,
  };
  const result = await collect((leftOut) => readPrometheus(client, all, leftOut, new AbortController().signal));
  return { ...result, done };
}

/** `[minutes after t0, rate]` of the one series. */
async function ratesOf(samples: readonly (readonly [number, number])[], given: Given = {}) {
  const { series, leftOut } = await imported(fakePrometheus({ series: [totals(samples)] }), given);
  const rates = (series[key] ?? []).map(([timeMs, rate]): [number, number] => [(timeMs / 1000 - t0) / minute, rate]);
  return { rates, leftOut: leftOut.map(({ what, count }) => [what, count]) };
}

const leftOutTotals = 'totals of counters that follow no other within 6m';

describe('a total of a counter becomes', () => {
  test('its growth since the one before, a second, at the later time', async () => {
    const { rates, leftOut } = await ratesOf([
      [-1, 600],
      [0, 660],
      [1, 660],
      [2, 780],
    ]);
    expect(rates).toEqual([
      [0, 1],
      [1, 0],
      [2, 2],
    ]);
    expect(leftOut).toEqual([]);
  });

  test('no rate where a series begins, which is told', async () => {
    const { rates, leftOut } = await ratesOf([
      [3, 600],
      [4, 660],
    ]);
    expect(rates).toEqual([[4, 1]]);
    expect(leftOut).toEqual([[leftOutTotals, 1]]);
  });

  test('what it is, a second, where the counter started again from zero', async () => {
    const { rates } = await ratesOf([
      [0, 1e6],
      [1, 120],
      [2, 180],
    ]);
    expect(rates).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  test('the mean over a gap, up to six minutes or three steps', async () => {
    const samples: [number, number][] = [
      [0, 0],
      [6, 720],
    ];
    expect((await ratesOf(samples)).rates).toEqual([[6, 2]]);
    const longer: [number, number][] = [...samples, [13, 999], [14, 1059]];
    const { rates, leftOut } = await ratesOf(longer, { toMinute: 15 });
    expect(rates).toEqual([
      [6, 2],
      [14, 1],
    ]);
    expect(leftOut).toEqual([[leftOutTotals, 2]]);
    const hours: [number, number][] = [
      [0, 0],
      [180, 10_800],
    ];
    expect((await ratesOf(hours, { toMinute: 180, stepMs: 3_600_000 })).rates).toEqual([[180, 1]]);
  });

  test('a rate at each sample, not zeros between them, where they are fewer than the steps', async () => {
    const every = Array.from({ length: 4 }, (_, i): [number, number] => [i * 2.5, i * 150]);
    expect((await ratesOf(every)).rates).toEqual([
      [3, 0.833333],
      [5, 1.25],
      [8, 0.833333],
    ]);
  });

  test('no zero and no leap when the server itself was away for some minutes', async () => {
    const samples = [0, 1, 2, 6, 7].map((at): [number, number] => [at, at * 60]);
    expect((await ratesOf(samples)).rates).toEqual([
      [1, 1],
      [2, 1],
      [6, 1],
      [7, 1],
    ]);
  });

  test('the total that it is, when asked for', async () => {
    const server = fakePrometheus({ series: [totals([[0, 5]])], metadata: 500 });
    const { series, done } = await imported(server, { totals: true, toMinute: 1 });
    expect(series).toEqual({
      [`web-1 ${metric} By instance=web-1:9100`]: [
        [t0 * 1000, 5],
        [(t0 + minute) * 1000, 5],
      ],
    });
    expect(server.queries).toEqual([{ query: '{job="node"}', start: t0, end: t0 + minute }]);
    expect(done).toEqual([[minute, 0]]);
  });
});

describe('the same rates come', () => {
  /** Irregular: gaps of up to eight minutes, resets, scrapes at odd times. */
  const uneven = fc.array(fc.tuple(fc.integer({ min: 1, max: 480 }), fc.integer({ min: 0, max: 500 })), {
    minLength: 1,
    maxLength: 60,
  });
  const samplesOf = (steps: readonly (readonly [number, number])[]) => {
    let at = -10;
    return steps.map(([seconds, total]): [number, number] => {
      at += seconds / minute;
      return [at, total / 7];
    });
  };

  test('from shorter windows, and from runs that go on where another ended, to the last bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        uneven,
        fc.integer({ min: 0, max: 58 }),
        fc.integer({ min: 1, max: 9 }),
        async (steps, end, points) => {
          const series = [totals(samplesOf(steps))];
          const whole = await imported(fakePrometheus({ series }), { toMinute: 60 });
          const windows = await imported(fakePrometheus({ series, maxPoints: points }), { toMinute: 60 });
          expect(windows.series).toEqual(whole.series);
          const first = await imported(fakePrometheus({ series }), { toMinute: end });
          const second = await imported(fakePrometheus({ series }), { fromMinute: end + 1, toMinute: 60 });
          expect([...(first.series[key] ?? []), ...(second.series[key] ?? [])]).toEqual(whole.series[key] ?? []);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('from windows that begin before what is asked for, each step once', async () => {
    const series = [totals(Array.from({ length: 40 }, (_, i) => [i - 20, i * 60]))];
    const server = fakePrometheus({ series, maxPoints: 5 });
    const { series: read, done, leftOut } = await imported(server);
    expect(read[key]?.map(([timeMs, rate]) => [(timeMs / 1000 - t0) / minute, rate])).toEqual(
      Array.from({ length: 11 }, (_, i) => [i, 1]),
    );
    expect(leftOut).toEqual([]);
    const accepted = server.queries.filter(({ start, end }) => end - start <= 4 * minute);
    expect(accepted.map(({ start, end }) => [(start - t0) / minute, (end - t0) / minute])).toEqual([
      [-6, -2],
      [-1, 3],
      [4, 8],
      [9, 10],
    ]);
    expect(done.map(([until]) => until / minute)).toEqual([3, 8, 10]);
  });
});

describe('a counter is', () => {
  const typed = (...types: string[]) => types.map((type) => ({ type, help: '', unit: '' }));

  test.each<[string, unknown, boolean]>([
    ['node_forks', { node_forks: typed('counter') }, true],
    ['node_forks', {}, false],
    ['queue_count', { queue_count: typed('gauge') }, false],
    ['memory_total', { memory_total: typed('gauge', 'gauge') }, false],
    ['request_seconds_bucket', { request_seconds: typed('histogram') }, true],
    ['request_seconds_count', { request_seconds: typed('summary') }, true],
    ['request_seconds_sum', { request_seconds: typed('summary') }, true],
    ['request_seconds', { request_seconds: typed('summary') }, false],
    ['queue_age_bucket', { queue_age: typed('gaugehistogram') }, false],
    ['requests_total', { requests: typed('counter') }, true],
    ['requests_created', { requests: typed('counter') }, false],
    ['requests_total', { requests_total: typed('unknown') }, true],
    ['requests_total', { requests_total: typed('gauge', 'counter') }, true],
    ['requests', { requests: typed('gauge', 'counter') }, false],
    ['requests', { requests: typed('counter', 'unknown') }, true],
    ['job:requests:rate5m', {}, false],
    ['job:requests_total', {}, false],
    ['job:requests_total', { 'job:requests_total': typed('counter') }, true],
    ['requests_total', 404, true],
    ['requests_total', 403, true],
    ['requests_total', 501, true],
    ['requests_total', null, true],
    ['requests_total', { requests_total: 'counter' }, true],
    ['constructor', {}, false],
    ['requests', { requests: [null, 'counter', { type: 5 }] }, false],
  ])('%s, when the metadata is %j: %s', async (name, metadata, isCounter) => {
    const series = [
      totals(
        [
          [0, 60],
          [1, 120],
        ],
        name,
      ),
    ];
    const { series: read, done } = await imported(fakePrometheus({ series, metadata }), { toMinute: 1 });
    const values = Object.values(read)[0]?.map(([, value]) => value);
    expect(values).toEqual(isCounter ? [1] : [60, 120]);
    expect(done).toEqual([[minute, isCounter ? 1 : 0]]);
  });

  test('not guessed by its name while the server fails: a later run would see it otherwise', async () => {
    const server = fakePrometheus({ series: [totals([[0, 60]])], metadata: 503 });
    await expect(imported(server)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('not needed by others: without one nothing is asked for before the start', async () => {
    const server = fakePrometheus({ series: [totals([[0, 1]], 'up')] });
    await imported(server);
    expect(server.queries).toEqual([{ query: '{job="node"}', start: t0, end: t0 + 10 * minute }]);
  });

  test('beside gauges, whose values stay, from the start on', async () => {
    const samples = Array.from({ length: 9 }, (_, i): [number, number] => [i - 6, i * 60]);
    const load = totals([...samples.slice(0, 3), [-3, Number.NaN], ...samples.slice(4)], 'load');
    const server = fakePrometheus({ series: [totals(samples), load] });
    const { series, leftOut, done } = await imported(server);
    expect(leftOut).toEqual([]);
    expect(series['web-1 load  instance=web-1:9100']?.map(([, value]) => value)).toEqual([360, 420, 480]);
    expect(series[key]?.map(([, rate]) => rate)).toEqual([1, 1, 1]);
    expect(done).toEqual([[10 * minute, 1]]);
  });
});

/** Two counters that were scraped each 15 s for an hour: smooth, and one that starts again; away for four minutes. */
function history(startS: number): string {
  const times = Array.from({ length: 241 }, (_, i) => i * 15).filter((t) => t <= gapS.from || t >= gapS.to);
  const lines = (name: string, totalOf: (t: number) => number) => [
    `# TYPE ${name} counter`,
    ...times.map((t) => `${name}_total{job="past",instance="h"} ${totalOf(t)} ${startS + t}`),
  ];
  const smooth = lines('past_read_bytes', (t) => 1e6 + 1000 * t + 9000 * Math.sin(t / 200));
  const restarted = lines('past_cpu_seconds', (t) => (t < restartS ? t + 600 : t - restartS) / 4);
  return [...smooth, ...restarted, '# EOF\n'].join('\n');
}

const gapS = { from: 40 * minute, to: 44 * minute + 15 };
const restartS = 30 * minute - 20;

/** What PromQL's rate gives over a step and, so that each version takes the sample at its start, a millisecond. */
async function promqlRates(url: string, name: string, start: number, end: number): Promise<Map<number, number>> {
  const query = { query: `rate(${name}[60001ms])`, start: String(start), end: String(end), step: '60' };
  const response = await fetch(`${url}/api/v1/query_range?${new URLSearchParams(query).toString()}`);
  const { data } = (await response.json()) as { data: { result: { values: [number, string][] }[] } };
  return new Map(data.result[0]?.values.map(([t, rate]) => [(t - start) / minute, Number(rate)]));
}

/** A program with metrics whose names do not tell their types. */
async function misnamed(): Promise<string> {
  const text = ['# TYPE forks counter', 'forks 5', '# TYPE queue_count gauge', 'queue_count 3', ''].join('\n');
  const target = createServer((_, response) => response.setHeader('content-type', 'text/plain').end(text));
  onTestFinished(() => {
    target.closeAllConnections();
    target.close();
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const address = target.address();
  return `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
}

test('a real Prometheus computes the same rates, and tells what is a counter', async ({ skip }) => {
  skip(findPrometheus() === undefined && process.env.CI_REQUIRE_SERVICES !== '1', 'Prometheus is not installed');
  const startS = Math.floor(Date.now() / 3_600_000) * 3600 - 5 * 3600;
  await using server = await startPrometheus({ history: history(startS), target: await misnamed() });
  const fromMinute = (startS - t0) / minute;
  const { series, done } = await imported(server, {
    match: '{job="past"}',
    fromMinute: fromMinute + 1,
    toMinute: fromMinute + 60,
  });
  expect(done.at(-1)?.[1]).toBe(2);
  for (const [name, unit] of [
    ['past_read_bytes_total', 'By/s'],
    ['past_cpu_seconds_total', 's/s'],
  ] as const) {
    const expected = await promqlRates(server.url, name, startS, startS + 3600);
    const rates = (series[`h ${name} ${unit} job=past`] ?? []).map(([timeMs, rate]) => ({
      at: (timeMs / 1000 - startS) / minute,
      rate,
    }));
    const differing = rates.filter(({ at, rate }) => !(Math.abs(rate / (expected.get(at) ?? 0) - 1) < 5e-6));
    // After the gap it is the mean over all of it; what was counted in the step before a restart is not known.
    expect(differing.map(({ at }) => at)).toEqual(unit === 's/s' ? [30] : [45]);
    expect(rates.map(({ at }) => at)).toEqual([...expected.keys()].filter((at) => at > 0));
  }
  expect(series['h past_cpu_seconds_total s/s job=past']?.[29]?.[1]).toBeCloseTo(20 / 4 / 60, 6);
  const client = createPrometheusClient({ url: new URL(server.url) });
  const { signal } = new AbortController();
  await until('the metadata', async () => (await readCounters(client, signal))('forks'));
  const isCounter = await readCounters(client, signal);
  expect(['go_gc_duration_seconds_sum', 'process_cpu_seconds_total', 'forks'].filter(isCounter)).toHaveLength(3);
  expect(['go_gc_duration_seconds', 'go_goroutines', 'queue_count'].filter(isCounter)).toEqual([]);
}, 30_000);
