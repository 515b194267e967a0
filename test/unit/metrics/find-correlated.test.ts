import { describe, expect, test, vi } from 'vitest';
import { compareWindows } from '../../../src/analytics/index.ts';
import type { AnalyticsRunner, CompareInput } from '../../../src/analytics/runner.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';
import type { Descriptor } from '../../../src/core/series.ts';
import { type CorrelationRequest, findCorrelated } from '../../../src/metrics/find-correlated.ts';
import type { Samples } from '../../../src/metrics/samples.ts';
import { fakeAnalytics } from '../../support/fake-analytics.ts';
import { fakeMetrics, samplesOf, series } from '../../support/fake-metrics.ts';
import { createRandom } from '../../support/random.ts';

const second = 1000;
/** Readings every 5 s; the incident is the last minute of five. */
const intervalMs = 5 * second;
const request: CorrelationRequest = { fromMs: 240 * second, toMs: 300 * second, nowMs: 300 * second };

/** Samples of noise around 10, with `by` more from `sinceS` seconds on. */
function noisy(seed: number, by = 0, sinceS = 240, everyMs = intervalMs): Samples {
  const random = createRandom(seed);
  const count = (300 * second) / everyMs;
  return samplesOf(
    ...Array.from({ length: count }, (_, i) => {
      const ms = i * everyMs;
      return [ms, 10 + 0.2 * random.normal() + (ms >= sinceS * second ? by : 0)] as const;
    }),
  );
}

const compareEach: AnalyticsRunner['compareMany'] = async (inputs) =>
  inputs.map(({ values, options }) => ({ ok: true, result: compareWindows(values, options) }));

function setUp(...known: readonly (readonly [Descriptor, Samples])[]) {
  const compareMany = vi.fn(compareEach);
  const progress = vi.fn();
  const metrics = fakeMetrics(intervalMs, ...known);
  const ask = (change: Partial<CorrelationRequest> = {}, signal = new AbortController().signal) =>
    findCorrelated({ metrics, analytics: fakeAnalytics({ compareMany }) }, { ...request, ...change }, signal, progress);
  const inputs = (): CompareInput[] => compareMany.mock.calls.flatMap(([given]) => [...given]);
  return { ask, inputs, progress };
}

const cpu = series('system.cpu.load_average.1m', {}, '{thread}');
const running = series('system.process.count', { 'process.status': 'running' }, '{process}');
const disk = series('system.disk.io', { 'system.device': 'vda' }, 'By/s');
const other = series('app.orders.count', {}, '{order}');

test('a minute of readings every 5 s is enough: what changed is told by resource, with times and values', async () => {
  const { ask } = setUp([cpu, noisy(1, 30)], [running, noisy(2, 20)], [disk, noisy(3)], [other, noisy(4)]);
  const found = await ask();
  expect(found).toMatchObject({ stepMs: 5 * second, series: 4, compared: 4, changed: 2, leftOut: 0, metric: null });
  expect(found.baseline).toEqual({ fromMs: 0, toMs: 240 * second });
  expect(found.samples).toEqual({ baseline: 4 * 48, incident: 4 * 12 });
  expect(found.resources).toHaveLength(1);
  const [only] = found.resources;
  expect(only).toMatchObject({ resource: 'cpu', onsetMs: 240 * second, lagMs: 0, reason: 'changed first' });
  expect(only?.series.map(({ metric, kind }) => [metric, kind])).toEqual([
    [cpu.metric, 'up'],
    [running.metric, 'up'],
  ]);
  const [load] = only?.series ?? [];
  expect(load?.before).toBeCloseTo(10, 0);
  expect(load?.during).toBeCloseTo(40, 0);
  expect(load?.together).toBeNull();
});

test('what comes later is told by how long after the first', async () => {
  const { ask } = setUp([cpu, noisy(1, 30, 280)], [other, noisy(2, 30, 245)]);
  const { resources } = await ask();
  expect(resources.map(({ resource, lagMs, reason }) => [resource, lagMs, reason])).toEqual([
    ['app.orders', 0, 'changed first'],
    ['cpu', 35 * second, 'changed 35s after app.orders'],
  ]);
});

test('by a metric what moved with it is told, at what lag, and the metric is none of it', async () => {
  const { ask, inputs } = setUp([cpu, noisy(1, 30, 260)], [other, noisy(2, -9, 250)], [disk, noisy(3)]);
  const { metric, resources } = await ask({ metric: other.metric });
  expect(metric).toEqual({ ...other, changed: true });
  expect(resources).toHaveLength(1);
  expect(resources[0]).toMatchObject({ resource: 'cpu', lagMs: 10 * second });
  expect(resources[0]?.reason).toMatch(
    /^changed with app\.orders\.count; moves against it, 10s after it \(r -\d\.\d\d\)$/,
  );
  expect(
    inputs()
      .slice(1)
      .every(({ options }) => options.reference !== undefined),
  ).toBe(true);
});

test('a baseline that is named is taken in place of the time before', async () => {
  const { ask, inputs } = setUp([cpu, noisy(1, 30)]);
  const baseline = { fromMs: 30 * second, toMs: 90 * second };
  expect((await ask({ baseline })).baseline).toEqual(baseline);
  expect(inputs()[0]?.values).toHaveLength(12 + 12);
  expect(inputs()[0]?.options).toMatchObject({ incidentAt: 12 });
});

test('an incident that does not begin with a step shares none with its baseline', async () => {
  const { ask, inputs } = setUp([cpu, noisy(1, 30, 240, second)]);
  await ask({ fromMs: 242 * second });
  const [{ values, options } = { values: new Float64Array(), options: { incidentAt: 0 } }] = inputs();
  expect(options.incidentAt).toBe(46);
  expect(values).toHaveLength(46 + 12);
});

test('a long incident is looked at in longer steps', async () => {
  const { ask, inputs } = setUp([cpu, noisy(1)]);
  const found = await ask({
    fromMs: 0,
    toMs: 12 * 3_600_000,
    nowMs: 12 * 3_600_000,
    baseline: { fromMs: -1e6, toMs: 0 },
  });
  expect(found.stepMs).toBe(5 * 60_000);
  expect(inputs()).toEqual([]);
});

test('shares and known amounts are compared by what is much of them', async () => {
  const share = series('system.memory.utilization');
  const { ask, inputs } = setUp(
    [share, { ...noisy(1), values: noisy(1).values.map((v) => v / 100) }],
    [disk, noisy(2)],
  );
  await ask();
  expect(inputs().map(({ options }) => [options.scale, options.notable])).toEqual([
    [1, 0.1],
    [undefined, 10 * 1024 ** 2],
  ]);
});

test('what changes at that time of each day is left out, where there is history of it', async () => {
  const day = 86_400 * second;
  const daily = (seed: number, byOf: (daysAgo: number) => number) => {
    const each = [4, 3, 2, 1, 0].map((ago) => ({ ago, one: noisy(seed + ago, byOf(ago)) }));
    return samplesOf(
      ...each.flatMap(({ ago, one }) =>
        [...one.timesMs].map((ms, i) => [ms + (4 - ago) * day, one.values[i] ?? Number.NaN] as const),
      ),
    );
  };
  const { ask } = setUp([cpu, daily(1, () => 30)], [disk, daily(30, (ago) => (ago === 0 ? 1e8 : 0))]);
  const at = { fromMs: request.fromMs + 4 * day, toMs: request.toMs + 4 * day, nowMs: request.nowMs + 4 * day };
  const found = await ask(at);
  expect(found.earlierDays).toBe(4);
  expect(found.resources.map(({ resource }) => resource)).toEqual(['disk']);
});

test('series that ended before, and those that do nothing but grow, are not looked at', async () => {
  const { ask } = setUp(
    [cpu, noisy(1)],
    [disk, samplesOf([-5000, 1])],
    [series('system.uptime', {}, 's'), noisy(2, 50)],
  );
  expect((await ask()).series).toBe(1);
});

test('all series are read in groups, with progress', async () => {
  const { ask, progress } = setUp(...Array.from({ length: 45 }, (_, i) => [series(`m${i}`), noisy(i)] as const));
  expect((await ask()).series).toBe(45);
  expect(progress.mock.calls.map(([done, total]) => [done, total])).toEqual([
    [0, 45],
    [20, 45],
    [40, 45],
    [45, 45],
  ]);
});

describe('where nothing can be said', () => {
  test('nothing is compared without a baseline', async () => {
    const late = samplesOf(...Array.from({ length: 12 }, (_, i) => [(240 + 5 * i) * second, i] as const));
    const { ask } = setUp([cpu, late]);
    expect(await ask()).toMatchObject({ samples: { baseline: 0, incident: 12 }, compared: 0, resources: [] });
  });

  test('nothing is found where nothing changed, nor in the future', async () => {
    const { ask } = setUp([cpu, noisy(1)], [disk, noisy(2)]);
    expect(await ask()).toMatchObject({ compared: 2, changed: 0, resources: [] });
    const ahead = await ask({ fromMs: 400 * second, toMs: 460 * second });
    expect(ahead).toMatchObject({ samples: { incident: 0 }, resources: [] });
  });
});

test.each<[Partial<CorrelationRequest>, RegExp]>([
  [{ toMs: request.fromMs }, /^from .* must be before to/],
  [{ labels: { d: 'a' } }, /^labels need a metric; list_metrics names them\./],
  [{ baseline: { fromMs: 200 * second, toMs: 250 * second } }, /^baseline: .* overlaps the incident, .*; name a time/],
])('%j is refused', async (change, message) => {
  const asked = setUp([cpu, noisy(1)]).ask(change);
  await expect(asked).rejects.toThrow(OpenManagerError);
  await expect(asked).rejects.toThrow(message);
});

test('a series that cannot be compared fails the answer, and a cancelled call compares nothing more', async () => {
  const error = new OpenManagerError('timeout', 'It takes too long.');
  const compareMany: AnalyticsRunner['compareMany'] = async (inputs) => inputs.map(() => ({ ok: false, error }));
  const parts = { metrics: fakeMetrics(intervalMs, [cpu, noisy(1)]), analytics: fakeAnalytics({ compareMany }) };
  await expect(findCorrelated(parts, request, new AbortController().signal, () => {})).rejects.toBe(error);
  const { ask, inputs } = setUp([cpu, noisy(1)]);
  await expect(ask({}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  expect(inputs()).toEqual([]);
});
