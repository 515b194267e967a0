import { describe, expect, test, vi } from 'vitest';
import type { Chart, TimeChart } from '../../../src/charts/chart.ts';
import { type ChartRequest, createCharts } from '../../../src/charts/charts.ts';
import type { Labels } from '../../../src/core/series.ts';
import { statistics } from '../../../src/core/statistics.ts';
import type { MetricForecast } from '../../../src/metrics/forecast-metric.ts';
import type { MetricQuery, QueriedSeries } from '../../../src/metrics/query.ts';
import { testNowMs } from '../../support/fake-app.ts';

const hour = 3_600_000;
const owner = { subject: 'ann' };
const { signal } = new AbortController();
const query: MetricQuery = {
  metric: 'm',
  fromMs: testNowMs - hour,
  toMs: testNowMs,
  nowMs: testNowMs,
  aggregation: 'avg',
};

/** What would be drawn. */
async function described(
  request: ChartRequest,
  series: readonly QueriedSeries[] = [],
): Promise<{ chart: Chart; leftOut: number }> {
  const draw = vi.fn(async (_chart: Chart) => ({ svg: '<svg/>', png: new Uint8Array() }));
  const coverage = { askedMs: hour, coveredMs: hour, reasons: [] };
  const queryMetric = async () => ({ stepMs: 60_000, matched: series.length, series, coverage });
  const { leftOut } = await createCharts({ draw, queryMetric, theme: 'light' }).draw(request, owner, signal);
  return { chart: draw.mock.calls[0]?.[0] as Chart, leftOut };
}

const seriesOf = (labels: Labels, unit = 'By/s'): QueriedSeries => {
  const values = Float64Array.of(1, 2);
  const points = { startMs: testNowMs - hour, stepMs: 60_000, values };
  return { host: 'db-1', metric: 'm', labels, unit, id: 1, statistics: statistics(values), points };
};

describe('the chart of a query', () => {
  const names = async (...labels: Labels[]) => {
    const { chart } = await described(
      { kind: 'query', query, skip: 0, count: 50 },
      labels.map((one) => seriesOf(one)),
    );
    return { title: chart.title, names: (chart as TimeChart).lines.map(({ name }) => name) };
  };

  test('names each series by what differs, and says in the title what all have in common', async () => {
    expect(await names({ device: 'sda', direction: 'read' }, { device: 'sdb', direction: 'read' })).toEqual({
      title: 'm{direction=read} on db-1',
      names: ['sda', 'sdb'],
    });
    expect((await names({ a: 'x' }, {})).names).toEqual(['x', 'total']);
    expect((await names({ a: 'x' }, { b: 'x' })).names).toEqual(['a=x', 'b=x']);
  });

  test('shows the eight series that the answer begins with, and counts the rest', async () => {
    const series = Array.from({ length: 12 }, (_, i) => seriesOf({ device: `sd${i}` }));
    const { chart, leftOut } = await described({ kind: 'query', query, skip: 2, count: 9 }, series);
    expect(chart).toMatchObject({ detail: 'avg per 1m, 8 of 12 series', unit: 'By/s', fromMs: query.fromMs });
    expect((chart as TimeChart).lines.map(({ name }) => name)).toEqual([
      'sd2',
      'sd3',
      'sd4',
      'sd5',
      'sd6',
      'sd7',
      'sd8',
      'sd9',
    ]);
    expect(leftOut).toBe(1);
  });

  test('has one axis: series of another unit are left out', async () => {
    const series = [seriesOf({ a: '1' }), seriesOf({ a: '2' }, '1'), seriesOf({ a: '3' })];
    const { chart, leftOut } = await described({ kind: 'query', query, skip: 0, count: 3 }, series);
    expect((chart as TimeChart).lines.map(({ name }) => name)).toEqual(['1', '3']);
    expect(leftOut).toBe(1);
  });
});

describe('the chart of a forecast', () => {
  const interval = (level: number) => ({ level, lower: Float64Array.of(0, 0), upper: Float64Array.of(2, 2) });
  const result = {
    ...{ host: 'db-1', metric: 'm', labels: {}, unit: '1', startMs: testNowMs },
    history: { startMs: testNowMs - 100 * hour, stepMs: hour, values: new Float64Array(100) },
    forecast: {
      ...{ mean: Float64Array.of(1, 1), intervals: [interval(0.8), interval(0.95)], model: 'naive' },
      ...{ periods: [], warnings: [] },
      backtest: { mase: 1, baselineMase: 1, coverage: [{ level: 0.8, actual: 0.7912 }], n: 12 },
    },
  } as unknown as MetricForecast;
  const chartOf = async (change: object = {}, nowMs = testNowMs) =>
    (await described({ kind: 'forecast', result: { ...result, ...change }, nowMs })).chart as TimeChart;

  test('shows a day of history before it, the widest interval first, and what it was worth', async () => {
    const chart = await chartOf();
    expect(chart).toMatchObject({
      title: 'm on db-1',
      detail: 'the interval held 79.1 % in 12 backtests',
      fromMs: testNowMs - 24 * hour,
      toMs: testNowMs + 2 * hour,
      now: { ms: testNowMs, name: 'now' },
    });
    expect(chart.lines.map(({ role, values }) => [role, values.length])).toEqual([
      ['measured', 24],
      ['forecast', 2],
    ]);
    expect(chart.bands?.map(({ name }) => name)).toEqual(['95 % interval', '80 % interval']);
  });

  test('says so where its accuracy is not known, and where the series ended long ago', async () => {
    const unknown = { forecast: { ...result.forecast, backtest: null } };
    expect(await chartOf(unknown, testNowMs + 48 * hour)).toMatchObject({
      detail: 'accuracy not known',
      now: { name: 'end of data' },
    });
  });
});

describe('the chart of times to a threshold', () => {
  const row = (name: string, likelyMs: number | null) => {
    return { name, earliestMs: testNowMs + hour, likelyMs, latestMs: likelyMs };
  };

  test('ends after the latest known time where no end is given', async () => {
    const rows = [row('a', testNowMs + 10 * hour), row('b', null)];
    const { chart } = await described({ kind: 'range', title: 'T', rows, nowMs: testNowMs });
    expect(chart).toMatchObject({ title: 'T', untilMs: testNowMs + 11 * hour, rows });
  });

  test('shows twelve rows and counts the rest', async () => {
    const rows = Array.from({ length: 15 }, (_, i) => row(String(i), null));
    const { chart, leftOut } = await described({ kind: 'range', title: 'T', rows, nowMs: testNowMs });
    expect(chart).toMatchObject({ detail: 'the first 12 of 15', rows: rows.slice(0, 12) });
    expect(leftOut).toBe(3);
  });
});

test('each chart has a URI of its own that nobody can guess, under which its owner reads it', async () => {
  const draw = async () => ({ svg: '<svg/>', png: new Uint8Array() });
  const charts = createCharts({ draw, queryMetric: () => Promise.reject(new Error()), theme: 'light' });
  const request = { kind: 'range', title: 'T', rows: [], nowMs: testNowMs } as const;
  const [a, b] = await Promise.all([charts.draw(request, owner, signal), charts.draw(request, owner, signal)]);
  expect(a.uri).toMatch(/^openmanager:\/\/charts\/[\w-]{22}$/);
  expect(a.uri).not.toBe(b.uri);
  const id = a.uri.split('/').at(-1) ?? '';
  expect(charts.svg(id, owner)).toBe('<svg/>');
  expect(() => charts.svg(id, { subject: 'bob' })).toThrow('There is no such chart');
});
