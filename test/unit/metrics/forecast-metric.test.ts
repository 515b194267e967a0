import { describe, expect, test, vi } from 'vitest';
import type { Forecast } from '../../../src/analytics/index.ts';
import { type ForecastRequest, forecastMetric } from '../../../src/metrics/forecast-metric.ts';
import type { ForecastRecord, ForecastRecords } from '../../../src/metrics/forecast-records.ts';
import { fakeAnalytics } from '../../support/fake-analytics.ts';
import { fakeMetrics, samplesOf, series } from '../../support/fake-metrics.ts';

const minute = 60_000;
const nowMs = 600 * minute + 30_000;
const history = samplesOf(...Array.from({ length: 7206 }, (_, i) => [nowMs - (7205 - i) * 5000, 0.5] as const));
const cpu = series('cpu');
const { signal } = new AbortController();

function setUp(metrics = fakeMetrics(5000, [cpu, history]), records?: Pick<ForecastRecords, 'find' | 'add'>) {
  const forecast = vi.fn(
    async (_values: Float64Array, _options: object) => ({ model: 'fake', warnings: ['Short.'] }) as unknown as Forecast,
  );
  const analytics = fakeAnalytics({ forecast });
  const ask = (request: Partial<ForecastRequest> = {}) =>
    forecastMetric(
      { metrics, analytics, records },
      { metric: 'cpu', nowMs, horizonMs: 60 * minute, level: 0.9, ...request },
      signal,
    );
  return { ask, forecast };
}

describe('a forecast', () => {
  test('covers the horizon in steps that start where the last whole step of the history ends', async () => {
    const { ask, forecast } = setUp();
    const found = await ask();
    const { stepMs, startMs, values } = found.history;
    expect(found.startMs).toBe(startMs + values.length * stepMs);
    expect(found.startMs).toBe(Math.floor(nowMs / stepMs) * stepMs);
    expect(forecast).toHaveBeenCalledExactlyOnceWith(
      values,
      { horizon: Math.ceil((60 * minute) / stepMs), stepMs, startMs, levels: [0.9], bounds: { lower: 0, upper: 1 } },
      signal,
    );
    expect(values.every((value) => value === 0.5)).toBe(true);
  });

  test.each([
    ['1', { lower: 0, upper: 1 }],
    ['By', { lower: 0 }],
    ['{operation}/s', { lower: 0 }],
    ['Cel', {}],
  ])('of the unit %s is bounded by %j', async (unit, bounds) => {
    const { ask, forecast } = setUp(fakeMetrics(5000, [series('cpu', {}, unit), history]));
    await ask();
    expect(forecast).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ bounds }), signal);
  });

  test.each([1, 6, 24, 168, 720])('over %i h of a history without gaps finds all of it covered', async (hours) => {
    const months = samplesOf(...Array.from({ length: 60 * 1440 }, (_, i) => [i * minute + 7_000, 0.5] as const));
    const lateMs = 60 * 1440 * minute + 40_000;
    const { ask } = setUp(fakeMetrics(minute, [cpu, months]));
    for (const fromMs of [undefined, lateMs - 30 * 1440 * minute])
      expect((await ask({ nowMs: lateMs, horizonMs: hours * 60 * minute, fromMs })).coverage.reasons).toEqual([]);
  });

  test('tells gaps of hours however long its steps are', async () => {
    const days = Array.from({ length: 40 }, (_, day) =>
      Array.from({ length: 480 }, (_, i) => [(day * 1440 + 540 + i) * minute, 0.5] as const),
    ).flat();
    const { ask } = setUp(fakeMetrics(minute, [cpu, samplesOf(...days)]));
    const { coverage } = await ask({ nowMs: (39 * 1440 + 1020) * minute, horizonMs: 30 * 1440 * minute });
    expect(coverage.coveredMs / coverage.askedMs).toBeCloseTo(1 / 3, 1);
    expect(coverage.reasons).toEqual([expect.stringMatching(/^nothing was collected in 39 gaps/)]);
  });

  test('of the host that is called localhost takes all its history', async () => {
    const { ask } = setUp();
    expect((await ask({ host: 'localhost' })).history).toEqual((await ask()).history);
  });

  test('of a series that ended long ago starts at its end, and says so', async () => {
    const { ask } = setUp();
    const late = await ask({ nowMs: nowMs + 30 * 1440 * minute });
    const { history, startMs, forecast } = await ask();
    expect(late).toMatchObject({ history, startMs });
    expect(forecast.warnings).toEqual(['Short.']);
    expect(late.forecast.warnings).toEqual([
      'Short.',
      'The data ends at 1970-01-01T10:00:30Z: the forecast starts there.',
    ]);
    const after = ask({ nowMs: nowMs + 30 * 1440 * minute, fromMs: nowMs + minute });
    await expect(after).rejects.toThrow(/^No samples of cpu since 1970-01-01T10:01:30Z/);
  });

  test('takes the start and the step that it is given', async () => {
    const { ask } = setUp();
    const found = (await ask({ fromMs: nowMs - 10 * minute, stepMs: minute })).history;
    expect(found).toMatchObject({ stepMs: minute, startMs: 590 * minute });
    expect(found.values).toHaveLength(10);
  });

  test.each<[Partial<ForecastRequest>, RegExp]>([
    [{ horizonMs: 367 * 1440 * minute }, /^horizon: at most 366d\./],
    [{ fromMs: nowMs }, /^from: the history cannot start in the future/],
    [{ stepMs: 10 }, /^step: 10ms makes more than 10000 steps of this horizon; use \S+ or more\./],
  ])('with %j is refused by name', async (request, message) => {
    const { ask, forecast } = setUp();
    await expect(ask(request)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(ask(request)).rejects.toThrow(message);
    expect(forecast).not.toHaveBeenCalled();
  });

  test('is made by the method that is preferred, tells the record, and is kept to be checked', async () => {
    const record = { checked: 3, preference: { model: 'drift' } } as unknown as ForecastRecord;
    const records = { find: vi.fn(async () => record), add: vi.fn() };
    const { ask, forecast } = setUp(undefined, records);
    const found = await ask();
    expect(found.record).toBe(record);
    expect(forecast).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ prefer: 'drift' }), signal);
    const { stepMs } = found.history;
    const track = { ...cpu, host: 'here', stepMs, horizon: Math.ceil((60 * minute) / stepMs) };
    expect(records.find).toHaveBeenCalledWith(expect.objectContaining(track), 0.9);
    expect(records.add).toHaveBeenCalledExactlyOnceWith({
      track: expect.objectContaining(track),
      issuedMs: nowMs,
      level: 0.9,
      history: found.history,
      forecast: { model: 'fake', warnings: ['Short.'] },
    });
  });

  test('of several series is refused, naming them', async () => {
    const { ask } = setUp(
      fakeMetrics(5000, [series('cpu', { mode: 'a\n' }), history], [series('cpu', { mode: 'b' }), history]),
    );
    await expect(ask()).rejects.toThrow('2 series match; name one by labels: cpu{mode=a\ufffd}; cpu{mode=b}.');
  });

  test('without samples says since when there is none', async () => {
    const { ask } = setUp(fakeMetrics(5000, [cpu, samplesOf()], [series('other'), history]));
    await expect(ask()).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/^No samples of cpu since 1970-.*list_hosts/),
    });
  });

  test('leaves out the steps of times that are excluded', async () => {
    const { ask, forecast } = setUp();
    const exclude = [
      { fromMs: nowMs - 5 * minute, toMs: nowMs - 3 * minute },
      { fromMs: 0, toMs: 1 },
    ];
    const { history } = await ask({ fromMs: nowMs - 10 * minute, stepMs: minute, exclude });
    expect(history.values).toHaveLength(10);
    expect(forecast).toHaveBeenCalledWith(
      expect.anything(),
      expect.objectContaining({ exclude: [{ start: 5, end: 8 }] }),
      signal,
    );
  });

  test('of daily samples counts with the last of them, and starts the day after', async () => {
    const day = 1440 * minute;
    const daily = samplesOf(...Array.from({ length: 90 }, (_, i) => [i * day + 6 * 60 * minute, i] as const));
    const { ask } = setUp(fakeMetrics(day, [cpu, daily]));
    const { history, startMs } = await ask({ nowMs: 89 * day + 12 * 60 * minute, horizonMs: 30 * day });
    expect(history.values.at(-1)).toBe(89);
    expect(startMs).toBe(90 * day);
  });

  test('names restarts and resizes that lie within its history', async () => {
    const each = (at: (i: number) => number) =>
      samplesOf(...Array.from({ length: 600 }, (_, i) => [i * minute, at(i)] as const));
    const { ask } = setUp(
      fakeMetrics(
        minute,
        [series('system.memory.utilization'), each(() => 0.5)],
        [series('system.uptime', {}, 's'), each((i) => (i < 200 ? 9e5 + 60 * i : 60 * (i - 200) + 10))],
        [series('system.memory.limit', {}, 'By'), each((i) => (i < 400 ? 2 ** 33 : 2 ** 34))],
        [series('system.cpu.logical.count', {}, '{cpu}'), each((i) => (i < 300 ? 4 : 8))],
      ),
    );
    const { changes } = await ask({ metric: 'system.memory.utilization', fromMs: 0 });
    expect(changes.map(({ text }) => text)).toEqual([
      'the host restarted',
      'system.memory.limit went from 8 GiB to 16 GiB',
    ]);
    expect(Math.abs((changes[0]?.timeMs ?? 0) - 200 * minute)).toBeLessThanOrEqual(2 * minute);
    expect(Math.abs((changes[1]?.timeMs ?? 0) - 400 * minute)).toBeLessThanOrEqual(60 * minute);
    expect((await ask({ metric: 'system.memory.utilization', fromMs: 450 * minute })).changes).toEqual([]);
  });
});
