import { describe, expect, test, vi } from 'vitest';
import type { Forecast } from '../../../src/analytics/index.ts';
import { type ForecastRequest, forecastMetric } from '../../../src/metrics/forecast-metric.ts';
import type { ForecastRecord, ForecastRecords } from '../../../src/metrics/forecast-records.ts';
import type { TimeWindow } from '../../../src/metrics/series-selection.ts';
import { fakeAnalytics } from '../../support/fake-analytics.ts';
import { fakeMetrics, samplesOf, series } from '../../support/fake-metrics.ts';

const minute = 60_000;
const nowMs = 600 * minute + 30_000;
const history = samplesOf(...Array.from({ length: 7206 }, (_, i) => [nowMs - (7205 - i) * 5000, 0.5] as const));
const cpu = series('cpu');
const { signal } = new AbortController();

function setUp(
  metrics = fakeMetrics(5000, [cpu, history]),
  records?: Pick<ForecastRecords, 'find' | 'add'>,
  given: Partial<Forecast> = {},
) {
  const forecast = vi.fn(
    async (_values: Float64Array, _options: object) =>
      ({ model: 'fake', shifts: [], warnings: ['Short.'], ...given }) as unknown as Forecast,
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

  test('of plain numbers of unit 1 says so in its notes and is not bounded by 1', async () => {
    const values = history.values.map((_, i) => i % 400);
    const shifts = [{ index: 3, before: 20, after: 300 }];
    const { ask, forecast } = setUp(fakeMetrics(5000, [series('queue.length'), { ...history, values }]), undefined, {
      shifts,
    });
    const found = await ask({ metric: 'queue.length' });
    expect(found).toMatchObject({ unit: '1', shownUnit: '' });
    expect(found.forecast.warnings.at(-1)).toMatch(/^Its level went from 20 to 300 at /);
    expect(forecast).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ bounds: { lower: 0 } }), signal);
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
      'The series ended 30d ago, at 1970-01-01T10:00:30Z: the forecast starts there, not now.',
      'Short.',
    ]);
    const [ended] = (await ask({ nowMs: nowMs + 4803 * 1440 * minute })).forecast.warnings;
    expect(ended).toBe('The series ended at 1970-01-01T10:00:30Z: the forecast starts there, not now.');
    const after = ask({ nowMs: nowMs + 30 * 1440 * minute, fromMs: nowMs + minute });
    await expect(after).rejects.toThrow(
      'No samples of cpu since 1970-01-01T10:01:30Z: the last one is of 1970-01-01T10:00:30Z; give an earlier from.',
    );
  });

  test('takes the start and the step that it is given', async () => {
    const { ask } = setUp();
    const found = (await ask({ fromMs: nowMs - 10 * minute, stepMs: minute })).history;
    expect(found).toMatchObject({ stepMs: minute, startMs: 590 * minute });
    expect(found.values).toHaveLength(10);
  });

  test.each<[Partial<ForecastRequest>, RegExp]>([
    [{ horizonMs: 367 * 1440 * minute }, /^horizon: 367d is too long; at most 366d\./],
    [{ fromMs: nowMs }, /^from: 1970-01-01T10:00:30Z is not in the past; /],
    [{ stepMs: 10 }, /^step: 10ms makes more than 5000 steps of 1h; use 1m or more\./],
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
      forecast: { model: 'fake', shifts: [], warnings: ['Short.'] },
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

  test('looks no further ahead than its history is long, and says so', async () => {
    const { ask, forecast } = setUp();
    const found = await ask({ horizonMs: 3 * 1440 * minute });
    const { history, startMs } = found;
    const [, options] = forecast.mock.calls[0] as [unknown, { horizon: number }];
    const aheadMs = options.horizon * history.stepMs;
    expect(Math.abs(aheadMs - 10 * 60 * minute)).toBeLessThanOrEqual(2 * history.stepMs);
    const until = new Date(startMs + aheadMs).toISOString().replace('.000', '');
    expect(found.forecast.warnings).toEqual([
      `No prediction after ${until}: 3d was asked for, and the history is 10h long. Nothing in it tells what comes later.`,
      'Short.',
    ]);
    const since = await ask({ horizonMs: 1440 * minute, fromMs: nowMs - 120 * minute });
    expect(since.forecast.warnings[0]).toMatch(/1d was asked for, .* 2h long, .*; an earlier from may make it longer/);
    expect((await ask({ horizonMs: 600 * minute })).forecast.warnings).toEqual(['Short.']);
  });

  test('is of a step at least, and says so where less was asked for', async () => {
    const ten = samplesOf(...Array.from({ length: 300 }, (_, i) => [nowMs - (299 - i) * 10 * minute, 0.5] as const));
    const { ask, forecast } = setUp(fakeMetrics(10 * minute, [cpu, ten]));
    const { warnings } = (await ask({ horizonMs: 1000 })).forecast;
    expect(warnings).toContain(
      'The horizon, 1s, is shorter than a step of the history: the forecast is of one step, 10m.',
    );
    expect(forecast).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ horizon: 1 }), signal);
    expect((await ask({ horizonMs: 10 * minute })).forecast.warnings).toEqual(['Short.']);
  });

  test.each<[string, Partial<ForecastRequest>, string, RegExp]>([
    [
      'is left',
      { exclude: [{ fromMs: 0, toMs: nowMs }] },
      'invalid_argument',
      /^exclude: nothing is left of the history, 1970/,
    ],
    [
      'is longer than a step',
      { fromMs: nowMs - minute, stepMs: 2 * minute },
      'invalid_argument',
      /^step: 2m is longer than the history, 1m\.$/,
    ],
    [
      'is more than one value',
      { exclude: [{ fromMs: 0, toMs: nowMs - 2 * minute }], stepMs: minute },
      'not_found',
      /^No prediction: all that there is of cpu to learn from is one step of 1m, from .*Ask again when there is more/,
    ],
  ])('of which nothing %s is refused', async (_, request, code, message) => {
    const { ask, forecast } = setUp();
    await expect(ask(request)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(forecast).not.toHaveBeenCalled();
  });

  test('says how much of its history is excluded, and by which times nothing is', async () => {
    const { ask } = setUp();
    const past = { fromMs: nowMs - 5 * minute, toMs: nowMs - 3 * minute };
    const before = { fromMs: 0, toMs: minute };
    const notesOf = async (exclude: readonly TimeWindow[]) =>
      (await ask({ fromMs: nowMs - 10 * minute, horizonMs: 5 * minute, stepMs: minute, exclude })).forecast.warnings;
    const left = 'By exclude, 3 of 10 steps of the history are left out (30 %).';
    const history = '1970-01-01T09:50:00Z/1970-01-01T10:00:00Z';
    expect(await notesOf([past, past])).toEqual([left, 'Short.']);
    expect(await notesOf([past, before])).toEqual([
      left,
      `exclude: nothing is left out by 1970-01-01T00:00:00Z/1970-01-01T00:01:00Z, outside of the history (${history}).`,
      'Short.',
    ]);
    const [many] = await notesOf(Array(5).fill(before));
    expect(many).toMatch(/^exclude: nothing is left out by (\S+, ){2}\S+ and 2 more, outside of the history/);
  });

  test('that a step makes shorter than it could be says so, and does not call it a gap', async () => {
    const days = samplesOf(...Array.from({ length: 8 * 1440 }, (_, i) => [i * minute, 0.5] as const));
    const lateMs = 8 * 1440 * minute;
    const { ask } = setUp(fakeMetrics(minute, [cpu, days]));
    const cut = 'nothing before 1970-01-05T12:40:00Z was looked at, as a history has at most 5000 steps, here of 1m';
    const asked = await ask({ nowMs: lateMs, stepMs: minute, fromMs: 0 });
    expect(asked.coverage).toEqual({
      askedMs: lateMs,
      coveredMs: 5000 * minute,
      reasons: [`${cut}: a longer step reaches further back`],
    });
    const unasked = await ask({ nowMs: lateMs, stepMs: minute });
    expect(unasked.coverage.reasons).toEqual([]);
    expect(unasked.forecast.warnings[0]).toBe(`The history is cut: ${cut}: a longer step reaches further back.`);
  });

  test('of a series that ended some time ago says when, where it goes on to start now', async () => {
    const { ask } = setUp();
    const late = await ask({ nowMs: nowMs + 90 * minute });
    expect(late.startMs).toBeGreaterThan(nowMs + 80 * minute);
    expect(late.forecast.warnings).toEqual(['The series ended 1h30m ago, at 1970-01-01T10:00:30Z.', 'Short.']);
    expect((await ask({ nowMs: nowMs + minute })).forecast.warnings).toEqual(['Short.']);
    const [ended] = (await ask({ nowMs: nowMs + 40 * minute, stepMs: 30 * minute })).forecast.warnings;
    expect(ended).toBe('The series ended 40m ago, at 1970-01-01T10:00:30Z.');
  });

  test('does not bridge more than half of its history', async () => {
    const { ask } = setUp();
    const { startMs } = await ask({ nowMs: nowMs + 6 * 60 * minute, horizonMs: 1440 * minute });
    expect(startMs).toBeLessThanOrEqual(nowMs);
  });

  test('tells of what came in the step that is still running', async () => {
    const values = samplesOf(...Array.from({ length: 100 }, (_, i) => [i * minute, i < 91 ? 0.5 : 0.9] as const));
    const { ask } = setUp(fakeMetrics(minute, [cpu, values]));
    expect(await ask({ nowMs: 99 * minute, stepMs: 30 * minute })).toMatchObject({
      running: expect.closeTo((0.5 + 9 * 0.9) / 10, 10),
    });
    expect(await ask({ nowMs: 89 * minute + 59_000, stepMs: 30 * minute })).toMatchObject({ running: 0.5 });
    expect(await ask({ nowMs: 119 * minute, stepMs: 20 * minute })).toMatchObject({ running: null });
  });

  test('names the shifts of level that were taken out of its history', async () => {
    const shifts = [{ index: 60, before: 0.85, after: 0.4 }];
    const { ask } = setUp(undefined, undefined, { shifts });
    const { forecast } = await ask({ fromMs: nowMs - 100 * minute, stepMs: minute });
    expect(forecast.warnings.at(-1)).toBe(
      'Its level went from 85 % to 40 % at 1970-01-01T09:20:00Z: what was before counts as if it had been at the new level.',
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
