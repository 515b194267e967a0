import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/core/series.ts';
import type { Metrics } from '../../../src/metrics/metrics.ts';
import { type MetricQuery, queryMetric as queryWith } from '../../../src/metrics/query.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { fakeMetrics, samplesOf, series } from '../../support/fake-metrics.ts';

const minute = 60_000;
const nowMs = 2e12;
const queryMetric = (metrics: Metrics, query: MetricQuery) =>
  queryWith({ metrics, summarizer: async (request) => summarize(request) }, query);
const cpu = series('cpu');
const every = (stepMs: number, count: number, startMs = 0) =>
  samplesOf(...Array.from({ length: count }, (_, i) => [startMs + i * stepMs, i] as const));

describe('a query', () => {
  test('makes at most 60 points of any window when no step is given', async () => {
    const input = [
      fc.integer({ min: 0, max: 1e9 }),
      fc.integer({ min: 1, max: 400 * 86_400_000 }),
      fc.constantFrom(1000, 5000, 60_000),
    ] as const;
    await fc.assert(
      fc.asyncProperty(...input, async (fromMs, spanMs, intervalMs) => {
        const metrics = fakeMetrics(intervalMs, [cpu, samplesOf([fromMs, 1], [fromMs + spanMs - 1, 2])]);
        const window = { fromMs, toMs: fromMs + spanMs };
        const {
          stepMs,
          series: [one],
        } = await queryMetric(metrics, { metric: 'cpu', ...window, nowMs, aggregation: 'count' });
        expect(one?.points.values.length).toBeLessThanOrEqual(60);
        expect(one?.points.stepMs).toBe(stepMs);
        expect(stepMs).toBeGreaterThanOrEqual(intervalMs);
        expect(one?.points.values.reduce((a, b) => a + b)).toBe(2);
      }),
    );
  });

  test('gives statistics of the samples and points of the steps', async () => {
    const metrics = fakeMetrics(1000, [cpu, every(1000, 120)]);
    const query = { metric: 'cpu', fromMs: 0, toMs: 2 * minute, stepMs: minute, aggregation: 'max', nowMs } as const;
    const {
      matched,
      series: [one],
    } = await queryMetric(metrics, query);
    expect(matched).toBe(1);
    expect(one).toMatchObject({
      host: 'here',
      metric: 'cpu',
      unit: '1',
      shownUnit: '',
      statistics: { n: 120, min: 0, mean: 59.5, max: 119 },
    });
    expect([...(one?.points.values ?? [])]).toEqual([59, 119]);
  });

  test('shows all series of a metric alike, by their samples and not by means of them', async () => {
    const metrics = fakeMetrics(
      1000,
      [series('up', { d: 'a' }), samplesOf([0, 0], [1000, 1])],
      [series('up', { d: 'b' }), samplesOf([0, 1], [1000, 1])],
      [series('fill', { d: 'a' }), samplesOf([0, 0.5], [1000, 1])],
      [series('fill', { d: 'b' }), samplesOf([0, 1], [1000, 1])],
    );
    const shownOf = async (metric: string) => {
      const window = { fromMs: 0, toMs: minute, aggregation: 'avg', nowMs } as const;
      return (await queryMetric(metrics, { metric, labels: { d: '*' }, ...window })).series.map((one) => one.shownUnit);
    };
    expect([await shownOf('up'), await shownOf('fill')]).toEqual([
      ['', ''],
      ['1', '1'],
    ]);
  });

  test('starts its points where the history starts', async () => {
    const metrics = fakeMetrics(1000, [cpu, every(1000, 60, 600 * minute)]);
    const query = { metric: 'cpu', fromMs: 0, toMs: 601 * minute, aggregation: 'avg', nowMs } as const;
    const {
      stepMs,
      series: [one],
    } = await queryMetric(metrics, query);
    expect(stepMs).toBe(2000);
    expect(one?.points.startMs).toBe(600 * minute);
  });

  test('leaves out series without samples, but says that they match', async () => {
    const metrics = fakeMetrics(
      1000,
      [series('disk', { d: 'a' }), every(1000, 9)],
      [series('disk', { d: 'b' }), samplesOf()],
    );
    const query = { metric: 'disk', labels: { d: '*' }, fromMs: 0, toMs: minute, aggregation: 'avg', nowMs } as const;
    const found = await queryMetric(metrics, query);
    expect(found.matched).toBe(2);
    expect(found.series.map(({ labels }) => labels)).toEqual([{ d: 'a' }]);
  });

  describe('tells how much is covered', () => {
    const hour = 60 * minute;
    const startMs = Date.UTC(2026, 0, 1);
    /** From 09:00 to 17:00 each day, a sample a minute. */
    const workdays = (days: number) =>
      samplesOf(
        ...Array.from({ length: days }, (_, day) =>
          Array.from(every(minute, 480, startMs + (24 * day + 9) * hour).timesMs, (at) => [at, 1] as const),
        ).flat(),
      );

    test.each(['avg', 'p95'] as const)('to the hour, however long the steps of %s are', async (aggregation) => {
      const metrics = { ...fakeMetrics(minute, [cpu, workdays(200)]), retentionMs: Number.POSITIVE_INFINITY };
      const toMs = startMs + 200 * 24 * hour;
      const { stepMs, coverage } = await queryMetric(metrics, {
        metric: 'cpu',
        fromMs: startMs,
        toMs,
        nowMs: toMs,
        aggregation,
      });
      expect(stepMs).toBeGreaterThan(8 * hour);
      expect(coverage.coveredMs / coverage.askedMs).toBeCloseTo(1 / 3, 2);
      expect(coverage.reasons).toEqual([
        'data starts at 2026-01-01T09:00:00Z',
        'nothing was collected in 199 gaps, the longest from 2026-01-01T17:00:00Z to 2026-01-02T09:00:00Z',
        'data ends at 2026-07-19T16:59:00Z',
      ]);
    });

    test('and which of several series have less, or nothing', async () => {
      const [one, two, three, gone] = ['a', 'b', 'c', 'd'].map((d) => series('disk', { d }));
      const metrics = fakeMetrics(
        minute,
        [one as Descriptor, every(minute, 600, startMs)],
        [two as Descriptor, every(minute, 30, startMs)],
        [three as Descriptor, every(minute, 590, startMs)],
        [gone as Descriptor, every(minute, 60, startMs - 5 * hour)],
      );
      const toMs = startMs + 10 * hour;
      const { coverage } = await queryMetric(metrics, {
        metric: 'disk',
        fromMs: startMs,
        toMs,
        nowMs: toMs,
        aggregation: 'avg',
      });
      expect(coverage.reasons).toEqual([
        '1 of 3 series has less, disk{d=b} the least: 5 % of the samples of the fullest',
        '1 of 4 series has none, disk{d=d} (data from 2025-12-31T19:00:00Z to 2025-12-31T19:59:00Z)',
      ]);
    });
  });

  test('refuses a window that is empty or ends before it starts', async () => {
    for (const toMs of [minute, 0]) {
      const query = queryMetric(fakeMetrics(1000, [cpu, samplesOf()]), {
        metric: 'cpu',
        fromMs: minute,
        toMs,
        aggregation: 'avg',
        nowMs,
      });
      await expect(query).rejects.toMatchObject({
        code: 'invalid_argument',
        message: expect.stringMatching(/^from \(1970-01-01T00:01:00Z\) must be before to/),
      });
    }
  });

  test('refuses a step that makes too many points, naming one that does not', async () => {
    const metrics = fakeMetrics(1000, [cpu, every(1000, 3600)]);
    const query = { metric: 'cpu', fromMs: 0, toMs: 60 * minute, aggregation: 'avg', nowMs } as const;
    await expect(queryMetric(metrics, { ...query, stepMs: 1000 })).rejects.toThrow(
      'step: 1s makes 3600 points of this window, 60 are the most; use 2m or more, or a shorter window.',
    );
    expect((await queryMetric(metrics, { ...query, stepMs: 2 * minute })).series[0]?.points.values).toHaveLength(30);
  });
});
