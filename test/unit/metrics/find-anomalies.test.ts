import { describe, expect, test, vi } from 'vitest';
import type { Detection } from '../../../src/analytics/index.ts';
import type { AnalyticsRunner, DetectInput } from '../../../src/analytics/runner.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';
import type { StoredAnomaly } from '../../../src/metrics/anomalies/anomaly-store.ts';
import type { StoredAnomalyQuery } from '../../../src/metrics/anomalies/find-stored-anomalies.ts';
import { type AnomalyRequest, findAnomalies } from '../../../src/metrics/find-anomalies.ts';
import { fakeAnalytics } from '../../support/fake-analytics.ts';
import { fakeMetrics, samplesOf, series } from '../../support/fake-metrics.ts';

const minute = 60_000;
const samples = samplesOf(...Array.from({ length: 80 }, (_, i) => [i * minute, i] as const));
const request: AnomalyRequest = {
  fromMs: 70 * minute,
  toMs: 80 * minute,
  nowMs: 80 * minute,
  sensitivity: 0.5,
  stepMs: minute,
};

const nothing = async () => [];

const each =
  (detect: (one: DetectInput) => Detection): AnalyticsRunner['detectMany'] =>
  async (inputs) =>
    inputs.map((one) => ({ ok: true, result: detect(one) }));

/** Finds an interval of two steps at each index, the later the stronger. */
function setUp(...indices: number[]) {
  const flagged = vi.fn(async (_query: StoredAnomalyQuery): Promise<readonly StoredAnomaly[]> => []);
  const detect = vi.fn(({ values }: DetectInput) => {
    const band = values.map((value) => value / 2);
    const anomalies = indices.map((index) => {
      const at = { startIndex: index, endIndex: index + 2, peakIndex: index + 1 };
      return { ...at, peakValue: 9, expected: 1, score: index / 100, severity: 'high' };
    });
    return { anomalies, lower: band, upper: values.map((value) => 2 * value) } as unknown as Detection;
  });
  const analytics = fakeAnalytics({ detectMany: each(detect) });
  const metrics = fakeMetrics(
    5000,
    [series('cpu'), samples],
    [series('disk', { d: 'a' }, 'By'), samples],
    [series('empty'), samplesOf()],
    [series('share'), { ...samples, values: samples.values.map((value) => value / 100) }],
  );
  const progress = vi.fn();
  const ask = (change: Partial<AnomalyRequest> = {}, signal = new AbortController().signal) =>
    findAnomalies({ metrics, analytics, flagged }, { ...request, ...change }, signal, progress);
  return { ask, detect, progress, flagged };
}

test('what was odd within the window is told, strongest first, with its times, value and band', async () => {
  const { ask } = setUp(3, 71, 75);
  const found = await ask({ metric: 'disk' });
  expect(found).toMatchObject({ stepMs: minute, series: 1 });
  expect(found.anomalies.map(({ startMs }) => startMs / minute)).toEqual([75, 71]);
  const at = { startMs: 75 * minute, endMs: 77 * minute, peakMs: 76 * minute };
  expect(found.anomalies[0]).toMatchObject({
    ...at,
    metric: 'disk',
    value: 9,
    expected: 1,
    lower: 38,
    upper: 152,
    score: 0.75,
  });
});

test('the oddest series is shown within the window with its band, the first one where nothing is odd', async () => {
  const { oddest } = await setUp(3, 75).ask({ metric: 'share' });
  expect(oddest).toMatchObject({ host: 'here', metric: 'share', unit: '1', startMs: 70 * minute, stepMs: minute });
  expect(oddest?.shownUnit).toBe('1');
  expect(oddest?.values).toEqual(Float64Array.from({ length: 10 }, (_, i) => (70 + i) / 100));
  expect(oddest?.lower[9]).toBe(0.395);
  expect(oddest?.upper).toEqual(new Float64Array(10).fill(1));
  expect((await setUp(3).ask()).oddest).toMatchObject({ metric: 'cpu' });
  expect((await setUp().ask({ metric: 'empty' })).oddest).toBeNull();
});

test('plain numbers of unit 1 are told as such', async () => {
  const { anomalies, oddest } = await setUp(75).ask({ metric: 'cpu' });
  expect([anomalies[0], oddest]).toMatchObject([
    { unit: '1', shownUnit: '' },
    { unit: '1', shownUnit: '' },
  ]);
});

test('nothing is expected of the time after the last sample', async () => {
  const { oddest } = await setUp().ask({ metric: 'cpu', toMs: 100 * minute, nowMs: 100 * minute });
  expect([oddest?.values.length, oddest?.lower.length, oddest?.upper.length]).toEqual([10, 10, 10]);
});

test('the oddest series is the one with the highest score, in whatever group it was looked at', async () => {
  const detect = ({ values }: DetectInput) => {
    const score = values[0] === 0 && values[1] === 0.01 ? 0.9 : 0.4;
    const odd = { startIndex: 75, endIndex: 76, peakIndex: 75, peakValue: 9, expected: 1, score, severity: 'low' };
    return { anomalies: [odd], lower: values, upper: values } as unknown as Detection;
  };
  const many = Array.from({ length: 30 }, (_, i) => [series(`m${i}`), samples] as const);
  const odd = [series('odd'), { ...samples, values: samples.values.map((value) => value / 100) }] as const;
  const metrics = fakeMetrics(5000, ...many.slice(0, 25), odd, ...many.slice(25));
  const analytics = fakeAnalytics({ detectMany: each(detect) });
  const { oddest } = await findAnomalies(
    { metrics, analytics, flagged: nothing },
    request,
    new AbortController().signal,
    () => {},
  );
  expect(oddest?.metric).toBe('odd');
});

test('a share is expected between nothing and all of it', async () => {
  const [found] = (await setUp(75).ask({ metric: 'share' })).anomalies;
  expect(found).toMatchObject({ lower: 0.38, upper: 1 });
});

test('what has been more than 1 is no share of something, whatever its unit says', async () => {
  const [found] = (await setUp(75).ask({ metric: 'cpu' })).anomalies;
  expect(found).toMatchObject({ lower: 38, upper: 152 });
});

test('one that only touches the window counts, one that ends where it starts does not', async () => {
  const { ask } = setUp(68, 69, 79);
  expect((await ask({ metric: 'cpu' })).anomalies.map(({ startMs }) => startMs / minute)).toEqual([79, 69]);
});

test('seven windows before it are seen, so that what recurs is known', async () => {
  const { ask, detect } = setUp();
  await ask({ metric: 'cpu', fromMs: 79 * minute, toMs: 80 * minute });
  const { values, options } = detect.mock.calls[0]?.[0] ?? {};
  expect([...(values ?? [])]).toEqual([72, 73, 74, 75, 76, 77, 78, 79]);
  expect(options).toEqual({ stepMs: minute, startMs: 72 * minute, sensitivity: 0.5 });
});

test('without a metric every series is looked at, with progress; those without samples are passed over', async () => {
  const { ask, detect, progress } = setUp(75);
  const found = await ask();
  expect(found).toMatchObject({ series: 4, samples: 240 });
  expect(found.anomalies.map(({ metric }) => metric)).toEqual(['cpu', 'disk', 'share']);
  expect(detect).toHaveBeenCalledTimes(3);
  expect(progress.mock.calls.map(([done, total]) => [done, total])).toEqual([
    [0, 4],
    [4, 4],
  ]);
});

test('of very many series the first are looked at, and the number of the others is told', async () => {
  const detect = vi.fn(() => ({ anomalies: [], lower: samples.values, upper: samples.values }) as unknown as Detection);
  const analytics = fakeAnalytics({ detectMany: each(detect) });
  const metrics = fakeMetrics(5000, ...Array.from({ length: 430 }, (_, i) => [series(`m${i}`), samples] as const));
  const progress = vi.fn();
  const found = await findAnomalies(
    { metrics, analytics, flagged: nothing },
    request,
    new AbortController().signal,
    progress,
  );
  expect(found).toMatchObject({ series: 400, leftOut: 30 });
  expect(detect).toHaveBeenCalledTimes(400);
  expect(progress.mock.calls.map(([done]) => done)).toEqual(Array.from({ length: 21 }, (_, i) => 20 * i));
});

test('a series that cannot be searched fails the search, as its answer would be wrong without it', async () => {
  const error = new OpenManagerError('timeout', 'It takes too long.');
  const detectMany: AnalyticsRunner['detectMany'] = async (inputs) => inputs.map(() => ({ ok: false, error }));
  const metrics = fakeMetrics(5000, [series('cpu'), samples]);
  const search = findAnomalies(
    { metrics, analytics: fakeAnalytics({ detectMany }), flagged: nothing },
    request,
    new AbortController().signal,
    () => {},
  );
  await expect(search).rejects.toBe(error);
});

test('a cancelled search looks at nothing more', async () => {
  const { ask, detect } = setUp();
  await expect(ask({}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  expect(detect).not.toHaveBeenCalled();
});

describe('what was flagged as samples arrived', () => {
  const at = (minutes: number, change: Partial<StoredAnomaly> = {}): StoredAnomaly => ({
    ...series('cpu'),
    id: minutes,
    host: 'here',
    startMs: minutes * minute,
    endMs: (minutes + 1) * minute,
    lastMs: minutes * minute,
    peak: { timeMs: minutes * minute, value: 40, expected: 10, lower: 5, upper: 20, score: 0.6 },
    severity: 'low',
    direction: 'high',
    group: 70,
    hypotheses: [],
    ...change,
  });
  const starts = ({ anomalies }: { anomalies: readonly { startMs: number }[] }) =>
    anomalies.map(({ startMs }) => startMs / minute);

  test('is one with what the search finds of the series at that time, and says when and with what else', async () => {
    const { ask, flagged } = setUp(75);
    const hypotheses = [{ kind: 'miner', evidence: 'because' }] as const;
    flagged.mockResolvedValue([at(76, { hypotheses }), at(74, { endMs: null })]);
    const found = await ask({ metric: 'cpu' });
    expect(flagged.mock.calls[0]?.[0]).toMatchObject({ host: 'here', fromMs: request.fromMs, toMs: request.toMs });
    expect(found.isFlaggedKnown).toBe(true);
    expect(found.anomalies).toMatchObject([
      {
        startMs: 75 * minute,
        endMs: 77 * minute,
        score: 0.75,
        value: 9,
        flagged: { timeMs: 74 * minute, group: 70, hypotheses },
      },
    ]);
  });

  test('tells of one, where it was worse than the averages that are searched', async () => {
    const { ask, flagged } = setUp(75);
    const peak = { ...at(76).peak, score: 0.95 };
    flagged.mockResolvedValue([at(76, { peak, severity: 'high' })]);
    const { anomalies } = await ask({ metric: 'cpu' });
    expect(anomalies).toMatchObject([{ startMs: 75 * minute, score: 0.95, severity: 'high', value: 40, upper: 20 }]);
  });

  test('is listed by its score where the search finds nothing, until now where it lasts', async () => {
    const { ask, flagged } = setUp(71, 74);
    flagged.mockResolvedValue([at(76, { peak: { ...at(76).peak, score: 0.72 }, endMs: null }), at(72.5)]);
    const { anomalies } = await ask({ metric: 'cpu' });
    expect(starts({ anomalies })).toEqual([74, 76, 71]);
    expect(anomalies[1]).toMatchObject({ endMs: 80 * minute, value: 40, flagged: { timeMs: 76 * minute } });
    expect(anomalies[2]).toMatchObject({ flagged: { timeMs: 72.5 * minute } });
  });

  test('of other series is not told', async () => {
    const { ask, flagged } = setUp();
    flagged.mockResolvedValue([at(76, series('disk', { d: 'b' }, 'By')), at(76, { unit: 'By' })]);
    expect((await ask()).anomalies).toEqual([]);
  });

  test('that is not severe enough is left out, and so is what was found', async () => {
    const { ask, flagged } = setUp(71);
    flagged.mockResolvedValue([at(76), at(78, { severity: 'medium' })]);
    expect(starts(await ask({ metric: 'cpu', minSeverity: 'low' }))).toEqual([71, 76, 78]);
    expect(starts(await ask({ metric: 'cpu', minSeverity: 'medium' }))).toEqual([71, 78]);
    expect(starts(await ask({ metric: 'cpu', minSeverity: 'high' }))).toEqual([71]);
  });

  test('does not fail the search when it cannot be read', async () => {
    const { ask, flagged } = setUp(75);
    flagged.mockRejectedValue(new OpenManagerError('storage_full', 'No room.'));
    const found = await ask({ metric: 'cpu' });
    expect(found.isFlaggedKnown).toBe(false);
    expect(starts(found)).toEqual([75]);
  });
});

test.each<[Partial<AnomalyRequest>, RegExp]>([
  [{ toMs: request.fromMs }, /^from .* must be before to/],
  [{ labels: { d: 'a' } }, /^labels need a metric; list_metrics names them\./],
  [{ stepMs: 1 }, /^step: 1ms is too short for this window; use \S+ or leave it out\./],
])('%j is refused', async (change, message) => {
  const { ask } = setUp();
  await expect(ask(change)).rejects.toMatchObject({ code: 'invalid_argument' });
  await expect(ask(change)).rejects.toThrow(message);
});
