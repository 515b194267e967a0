import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { OpenManagerError } from '../../../src/core/errors.ts';
import type { MetricStore } from '../../../src/metrics/metric-store.ts';
import { createMetrics, type Metrics, type SeriesSelection, type TimeWindow } from '../../../src/metrics/metrics.ts';
import type { Reading } from '../../../src/metrics/reading.ts';
import { createRecentWindow } from '../../../src/metrics/recent-window.ts';
import { fakeCollector, fakeStore, readingOf, series } from '../../support/fake-metrics.ts';

const nowMs = 1_000_000;
const cpu = series('system.cpu.utilization');
const user = series('system.cpu.utilization', { 'cpu.mode': 'user' });
const disk = series('system.disk.io', { 'system.device': 'sda' }, 'By/s');

/** The local host `here` with one reading, and what a store holds of others. */
function metricsOf(...stored: readonly Reading[]) {
  return metricsOn(fakeStore(...stored));
}

function metricsOn(store: MetricStore) {
  const recent = createRecentWindow();
  const reading = readingOf('here', nowMs, [cpu, 0.5], [user, 0.25]);
  recent.push(reading);
  return createMetrics({
    localHost: 'here',
    intervalMs: 5000,
    retentionMs: 90 * 86_400_000,
    store,
    recent,
    collector: fakeCollector(reading),
    clock: { now: () => nowMs, monotonic: () => 0 },
  });
}

const window = { fromMs: 0, toMs: nowMs + 1 };

async function read(metrics: Metrics, selection: SeriesSelection, { fromMs, toMs }: TimeWindow = window) {
  return metrics.samples(await metrics.find(selection), { fromMs, toMs });
}

describe('hosts', () => {
  test('come with the local one first, and whether each reported in the last four intervals', async () => {
    const stored = [
      readingOf('b', nowMs - 20_000, [cpu, 1]),
      readingOf('a', nowMs - 20_001, [cpu, 1]),
      readingOf('here', nowMs, [cpu, 1]),
    ];
    expect((await metricsOf(...stored).hosts()).map(({ host, local, reporting }) => [host, local, reporting])).toEqual([
      ['here', true, true],
      ['a', false, false],
      ['b', false, true],
    ]);
    const imported = metricsOf(readingOf('here', nowMs + 3_600_000, [cpu, 1]));
    expect(await imported.hosts()).toMatchObject([{ host: 'here', reporting: true }]);
    const ahead = metricsOf(readingOf('ahead', nowMs + 20_001, [cpu, 1]));
    expect(await ahead.hosts()).toMatchObject([{ host: 'ahead', reporting: false }]);
  });

  test.each([undefined, 'here', 'localhost'])('%s means this machine, without asking the store', async (name) => {
    expect((await metricsOf().snapshot(name)).reading.values).toEqual(Float64Array.of(0.5, 0.25));
  });

  test('an unknown one is refused with the nearest names, on one line', async () => {
    const metrics = metricsOf(readingOf('web-1', 1, [cpu, 1]), readingOf('evil\nhost', 1, [cpu, 1]));
    const refused = metrics.snapshot('web-2\n');
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    await expect(refused).rejects.toThrow(
      /^There is no host "web-2\ufffd"\. Nearest: web-1, .*evil\ufffdhost.*list_hosts/,
    );
  });
});

describe('series', () => {
  test('without labels the total is read, from memory where that reaches back far enough', async () => {
    const [one, ...others] = await read(metricsOf(), { metric: cpu.metric }, { fromMs: nowMs, toMs: nowMs + 1 });
    expect(others).toEqual([]);
    expect(one).toMatchObject({ host: 'here', labels: {}, unit: '1' });
    expect(one?.samples.values).toEqual(Float64Array.of(0.5));
  });

  test('are read from the store where memory does not', async () => {
    const metrics = metricsOf(readingOf('here', 10, [cpu, 0.1], [user, 0.2]), readingOf('here', 20, [cpu, 0.3]));
    const total = await read(metrics, { metric: cpu.metric, labels: {} });
    expect(total.map(({ samples }) => [...samples.values])).toEqual([[0.1, 0.3]]);
    const all = await metrics.samples(await metrics.findAll(undefined), window);
    expect(all.map(({ samples }) => [...samples.timesMs])).toEqual([[10, 20], [10]]);
  });

  test('that print alike keep their own samples', async () => {
    const one = series('m', { a: '1,b=2' });
    const other = series('m', { a: '1', b: '2' });
    const metrics = metricsOf(readingOf('web-1', 10, [one, 1], [other, 2]));
    const both = await read(metrics, { host: 'web-1', metric: 'm' });
    expect(both.map(({ samples }) => [...samples.values])).toEqual([[1], [2]]);
    expect(await metrics.catalog('web-1')).toHaveLength(2);
  });

  test('of an unknown metric are refused with the nearest names', async () => {
    const metrics = metricsOf(readingOf('here', 10, [disk, 1]));
    const refused = metrics.find({ metric: 'cpu' });
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    await expect(refused).rejects.toThrow(
      'Host "here" has no metric "cpu". Nearest: system.cpu.utilization, system.disk.io. list_metrics names all.',
    );
  });

  test('of unknown labels are refused with the nearest series', async () => {
    const refused = metricsOf().find({ metric: cpu.metric, labels: { 'cpu.mode': 'usr' } });
    await expect(refused).rejects.toThrow('Nearest: system.cpu.utilization{cpu.mode=user}');
  });
});

describe('while the store fails', () => {
  const failure = new OpenManagerError('unavailable', 'Failing on purpose.');

  function failing(...stored: readonly Reading[]) {
    const store = fakeStore(...stored);
    const spy = vi.spyOn(store, 'series').mockRejectedValue(failure);
    return { metrics: metricsOn(store), recover: () => spy.mockRestore() };
  }

  test('what memory holds of this host is read, and what it does not is not said to be missing', async () => {
    const { metrics } = failing(readingOf('here', 10, [cpu, 0.1]));
    const [one] = await read(metrics, { metric: cpu.metric }, { fromMs: nowMs, toMs: nowMs + 1 });
    expect(one?.samples.values).toEqual(Float64Array.of(0.5));
    const past = await metrics.find({ metric: cpu.metric });
    await expect(metrics.samples(past, window)).rejects.toBe(failure);
    const grid = { startMs: 0, stepMs: nowMs, count: 1 };
    await expect(metrics.buckets(past, window, grid)).rejects.toBe(failure);
  });

  test('series that were found then are read once it no longer does', async () => {
    const { metrics, recover } = failing(readingOf('here', 10, [cpu, 0.1]));
    const found = await metrics.find({ metric: cpu.metric });
    recover();
    expect((await metrics.samples(found, window)).map(({ samples }) => [...samples.values])).toEqual([[0.1]]);
  });

  test('without an answer, this host is told of after two seconds', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const store = fakeStore();
    const never = new Promise<never>(() => {});
    vi.spyOn(store, 'series').mockReturnValue(never);
    vi.spyOn(store, 'hosts').mockReturnValue(never);
    const metrics = metricsOn(store);
    metrics.readingArrived(readingOf('here', nowMs, [cpu, 0.5]));
    const told = Promise.all([metrics.hosts(), metrics.catalog(undefined), metrics.find({ metric: cpu.metric })]);
    await vi.advanceTimersByTimeAsync(2_000);
    const [hosts, catalog, found] = await told;
    expect([hosts.length, catalog.length, found.length]).toEqual([1, 2, 1]);
  });
});

test('the catalogue holds what is stored and what is new, by name, with the latest values', async () => {
  const metrics = metricsOf(readingOf('here', 10, [disk, 7], [cpu, 0.1]));
  expect((await metrics.catalog(undefined)).map(({ metric, labels, value }) => [metric, labels, value])).toEqual([
    [cpu.metric, {}, 0.5],
    [cpu.metric, user.labels, 0.25],
    [disk.metric, disk.labels, Number.NaN],
  ]);
});

test('who listens is told of each reading until they stop', () => {
  const metrics = metricsOf();
  const heard: string[] = [];
  const stop = metrics.onReading(({ host }) => heard.push(host));
  metrics.readingArrived(readingOf('here', nowMs + 5000, [cpu, 1]));
  stop();
  metrics.readingArrived(readingOf('here', nowMs + 10_000, [cpu, 1]));
  expect(heard).toEqual(['here']);
});
