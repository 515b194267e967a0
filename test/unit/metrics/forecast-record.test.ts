import { describe, expect, test, vi } from 'vitest';
import { forecast } from '../../../src/analytics/index.ts';
import type { AnalyticsRunner } from '../../../src/analytics/runner.ts';
import { silentLogger } from '../../../src/core/log.ts';
import { readTrack } from '../../../src/metrics/forecast-check-store.ts';
import { forecastMetric, type MetricForecast } from '../../../src/metrics/forecast-metric.ts';
import { createForecastRecords } from '../../../src/metrics/forecast-records.ts';
import { trackKey } from '../../../src/metrics/forecast-track.ts';
import { doForecastWork } from '../../../src/metrics/forecast-work.ts';
import { createMetricStore } from '../../../src/metrics/metric-store.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { createRecentWindow } from '../../../src/metrics/recent-window.ts';
import { fakeAnalytics } from '../../support/fake-analytics.ts';
import { fakeCollector, readingOf, series } from '../../support/fake-metrics.ts';
import { openTemporary } from '../storage/support.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const startMs = 480_000 * hourMs;
const load = series('load');
const { signal } = new AbortController();
/** The hours before the first forecast, and how far each one looks. */
interface Span {
  readonly historyMs: number;
  readonly horizonMs: number;
}
/** A daily and an hourly course, and something that nobody can know. */
function valueAt(timeMs: number): number {
  const minute = timeMs / minuteMs;
  const noise = ((minute * 7_919) % 101) / 1_000;
  return 0.3 + Math.sin((minute / 1_440) * 2 * Math.PI) / 4 + (minute % 60) / 120 + noise;
}

/** A server whose host `web-1` has reported once a minute; the time is `clock.nowMs`. */
async function setUp({ historyMs, horizonMs }: Span = { historyMs: 12 * hourMs, horizonMs: hourMs }) {
  const database = await openTemporary();
  const store = createMetricStore(database);
  const clock = { nowMs: startMs, now: () => clock.nowMs, monotonic: () => clock.nowMs };
  const compute: AnalyticsRunner['forecast'] = async (values, options) =>
    forecast(values, { ...options, effort: 'fast' });
  const analytics = fakeAnalytics({ forecast: vi.fn(compute) });
  const metrics = createMetrics({
    localHost: 'here',
    intervalMs: minuteMs,
    retentionMs: Number.POSITIVE_INFINITY,
    store,
    recent: createRecentWindow({ maxGapMs: minuteMs }),
    collector: fakeCollector(readingOf('here', startMs, [load, 0])),
    clock,
  });
  const log = silentLogger;
  const records = createForecastRecords(database, { log });
  const owner = database.ownership('maintain');
  await owner.tryAcquire();
  let untilMs = startMs - historyMs;
  const parts = { database, store, metrics, analytics, records, clock, log };
  return {
    analytics,
    windowsOf: async (track: MetricForecast) => {
      const { stepMs } = track.history;
      const key = trackKey({ ...track, stepMs, horizon: track.forecast.mean.length });
      return (await readTrack(database.db, key)).windows;
    },
    /** What is reported until then, and what the owner does. */
    async pass(ms: number) {
      clock.nowMs += ms;
      const times = Array.from({ length: (clock.nowMs - untilMs) / minuteMs }, (_, i) => untilMs + i * minuteMs);
      await store.append(times.map((timeMs) => readingOf('web-1', timeMs, [load, valueAt(timeMs)])));
      untilMs = clock.nowMs;
      await doForecastWork(parts, owner, signal);
      await records[Symbol.asyncDispose]();
    },
    async ask() {
      const request = { host: 'web-1', metric: 'load', nowMs: clock.nowMs, horizonMs, level: 0.8 };
      const answer = await forecastMetric({ metrics, analytics, records }, request, signal);
      await records[Symbol.asyncDispose]();
      return answer;
    },
  };
}

/** Mean absolute difference of what came and what was said, over that of values of the history a season apart. */
function errorOf({ startMs, history: { values, stepMs }, forecast }: MetricForecast, said: Float64Array): number {
  const [period = 1] = forecast.periods;
  const errors = said.map((value, i) => Math.abs(truthAt(startMs + i * stepMs, stepMs) - value));
  const moves = values.slice(period).map((value, i) => Math.abs(value - (values[i] ?? 0)));
  return average(errors) / average(moves);
}

function truthAt(fromMs: number, stepMs: number): number {
  return average(Float64Array.from({ length: stepMs / minuteMs }, (_, i) => valueAt(fromMs + i * minuteMs)));
}

function average(values: Float64Array): number {
  return values.reduce((a, b) => a + b) / values.length;
}

describe('a forecast that is asked for again', () => {
  test('tells the mean of all that were checked, and nothing before', async () => {
    const { pass, ask } = await setUp();
    await pass(0);
    const first = await ask();
    await pass(30 * minuteMs);
    const second = await ask();
    expect([first.record, second.record]).toEqual([null, null]);
    await pass(hourMs + 2 * minuteMs);
    const errors = [first, second].map((one) => errorOf(one, one.forecast.mean));
    expect((await ask()).record).toMatchObject({
      checked: 2,
      mase: expect.closeTo(average(Float64Array.from(errors)), 10),
    });
  });

  test('has the error and the coverage of the first alone where that is all that was checked', async () => {
    const { pass, ask } = await setUp();
    await pass(0);
    const first = await ask();
    await pass(hourMs + 2 * minuteMs);
    const { record } = await ask();
    const { mean, intervals, contenders, backtest } = first.forecast;
    const { stepMs } = first.history;
    const inside = mean.filter((_, i) => {
      const truth = truthAt(first.startMs + i * stepMs, stepMs);
      return truth >= (intervals[0]?.lower[i] ?? 1) && truth <= (intervals[0]?.upper[i] ?? 0);
    });
    expect(record).toEqual({
      checked: 1,
      mase: expect.closeTo(errorOf(first, mean), 10),
      baselineMase: expect.closeTo(
        errorOf(first, contenders.find(({ model }) => model === backtest?.baseline)?.mean ?? mean),
        10,
      ),
      coverage: { level: 0.8, actual: expect.closeTo(inside.length / mean.length, 10), checked: 1 },
      preference: null,
    });
  });

  test('learns meanwhile from forecasts that nobody asked for, without calling them given out', async () => {
    const { pass, ask, analytics, windowsOf } = await setUp();
    await pass(0);
    const first = await ask();
    for (let hour = 0; hour < 5; hour += 1) await pass(hourMs + 2 * minuteMs);
    expect(vi.mocked(analytics.forecast).mock.calls.length).toBeGreaterThanOrEqual(5);
    const windows = await windowsOf(first);
    expect(windows.length).toBeGreaterThanOrEqual(4);
    expect((await ask()).record).toMatchObject({ checked: 1 });
  });

  test('is made by the method that turned out better, which is told with its reasons', async () => {
    const horizonMs = 15 * minuteMs;
    const { pass, ask, analytics } = await setUp({ historyMs: 3 * hourMs, horizonMs });
    await pass(0);
    // The library is made to insist on a poor method, which the record then corrects.
    vi.mocked(analytics.forecast).mockImplementation(async (values, options) =>
      forecast(values, { ...options, effort: 'fast', prefer: options.prefer ?? 'naive' }),
    );
    for (let time = 0; time < 30; time += 1) {
      expect((await ask()).forecast.model).toBe('naive');
      await pass(horizonMs + 2 * minuteMs);
    }
    const { forecast: found, record } = await ask();
    expect(record).toMatchObject({ checked: 30, preference: { model: found.model, over: null, windows: 30 } });
    expect(found.model).not.toBe('naive');
    expect(record?.preference?.improvement).toBeGreaterThan(0.03);
  });
});
