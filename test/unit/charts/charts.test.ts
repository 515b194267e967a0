import { describe, expect, test, vi } from 'vitest';
import type { AnomalyView } from '../../../src/charts/anomaly-chart.ts';
import type { Chart, RangeChart, TimeChart } from '../../../src/charts/chart.ts';
import { type ChartRequest, createCharts } from '../../../src/charts/charts.ts';
import type { RangeView } from '../../../src/charts/range-chart.ts';
import type { Labels } from '../../../src/core/series.ts';
import { statistics } from '../../../src/core/statistics.ts';
import type { Anomaly } from '../../../src/metrics/anomalies/anomaly.ts';
import type { MetricForecast } from '../../../src/metrics/forecast-metric.ts';
import type { MetricQuery, QueriedSeries } from '../../../src/metrics/query.ts';
import type { ResourceForecast } from '../../../src/metrics/resource-forecast.ts';
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
  return { host: 'db-1', metric: 'm', labels, unit, shownUnit: unit, id: 1, statistics: statistics(values), points };
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

  test('shows plain numbers of unit 1 as such', async () => {
    const series = [{ ...seriesOf({}, '1'), shownUnit: '' }];
    const { chart } = await described({ kind: 'query', query, skip: 0, count: 3 }, series);
    expect((chart as TimeChart).unit).toBe('');
  });
});

describe('the chart of a forecast', () => {
  const interval = (level: number) => ({ level, lower: Float64Array.of(0, 0), upper: Float64Array.of(2, 2) });
  const result = {
    ...{ host: 'db-1', metric: 'm', labels: {}, unit: '1', shownUnit: '', startMs: testNowMs },
    history: { startMs: testNowMs - 100 * hour, stepMs: hour, values: new Float64Array(100) },
    forecast: {
      ...{ mean: Float64Array.of(1, 1), intervals: [interval(0.8), interval(0.95)], model: 'naive' },
      ...{ periods: [], warnings: [] },
      backtest: { mase: 1, baselineMase: 1, coverage: [{ level: 0.8, actual: 0.7912 }], n: 12 },
    },
  } as unknown as MetricForecast;
  const chartOf = async (change: object = {}, nowMs = testNowMs) =>
    (await described({ kind: 'forecast', result: { ...result, ...change }, nowMs })).chart as TimeChart;

  test('goes on from the last of twelve measured steps, the widest interval first, and what it was worth', async () => {
    const chart = await chartOf();
    expect(chart).toMatchObject({
      title: 'm on db-1',
      detail: 'the interval held 79.1 % in 12 backtests',
      fromMs: testNowMs - 12 * hour,
      toMs: testNowMs + 2 * hour,
      now: { ms: testNowMs, name: 'now' },
    });
    expect(chart.lines.map(({ role, values }) => [role, values.length])).toEqual([
      ['measured', 12],
      ['forecast', 3],
    ]);
    expect(chart.lines[1]).toMatchObject({ startMs: testNowMs - hour, values: Float64Array.of(0, 1, 1) });
    expect(chart.bands?.[0]).toMatchObject({ lower: Float64Array.of(0, 0, 0), upper: Float64Array.of(0, 2, 2) });
    expect(chart.bands?.map(({ name }) => name)).toEqual(['95 % interval', '80 % interval']);
  });

  test('starts by itself where the last value is missing', async () => {
    const values = new Float64Array(100).fill(Number.NaN, 99);
    const chart = await chartOf({ history: { ...result.history, values } });
    expect(chart.lines[1]).toMatchObject({ startMs: testNowMs, values: result.forecast.mean });
  });

  test('says so where its accuracy is not known, and where the series ended long ago', async () => {
    const unknown = { forecast: { ...result.forecast, backtest: null } };
    expect(await chartOf(unknown, testNowMs + 48 * hour)).toMatchObject({
      detail: 'accuracy not known',
      now: { name: 'end of data' },
    });
    const overlapping = result.forecast.backtest && {
      ...result.forecast.backtest,
      coverage: [{ level: 0.95, actual: Number.NaN }],
    };
    expect(await chartOf({ forecast: { ...result.forecast, backtest: overlapping } })).toMatchObject({
      detail: 'how often the interval holds is not known',
    });
  });
});

describe('the chart of times to a threshold', () => {
  const day = 24 * hour;
  const resource = (host: string, rest: Partial<ResourceForecast> = {}): ResourceForecast => ({
    ...{ host, resource: 'memory', metric: 'm', labels: {}, unit: '1', now: 0.71, threshold: 0.9, status: 'later' },
    ...{ direction: 'above', shownUnit: '1', isImpossible: false, startsFrom: null, lastValue: null },
    ...{ earliestMs: null, likelyMs: null, latestMs: null, probability: 0, reason: null, scale: 'long' },
    ...{ historyMs: 30 * day, lastMs: testNowMs, backtest: null, shift: null, resets: null, changes: [] },
    ...rest,
  });
  const reaches = (host: string, earliest: number, likely: number | null, latest: number | null) => {
    const at = (days: number | null) => (days === null ? null : testNowMs + days * day);
    return resource(host, {
      ...{
        status: 'reaches',
        earliestMs: at(earliest),
        likelyMs: at(likely),
        latestMs: at(latest),
        probability: 0.183,
      },
    });
  };
  const times = { asOfMs: testNowMs, nowMs: testNowMs, horizonMs: 30 * day };
  const chartOf = async (resources: ResourceForecast[], rest: Partial<RangeView> = {}) => {
    const { chart, leftOut } = await described({ kind: 'range', resources, ...times, ...rest });
    return { ...(chart as RangeChart), leftOut };
  };
  const rowOf = async (one: ResourceForecast) => (await chartOf([one])).rows[0];

  test('names each resource with how far it is, and rounds times to what a forecast can know', async () => {
    expect(await rowOf(reaches('a', 5.6, 7.2, 9.4))).toMatchObject({
      name: 'a memory',
      detail: 'at 71 % of 90 %',
      when: { kind: 'expected', text: 'in 7 d', detail: '6 to 9 d' },
    });
    expect((await rowOf(reaches('a', 0.8, 1.5, 2.6)))?.when).toMatchObject({ text: 'in 36 h', detail: '19 h to 3 d' });
    expect((await rowOf(reaches('a', 0.001, 0.01, 0.012)))?.when).toMatchObject({ text: 'in 14 min' });
    expect((await rowOf(reaches('a', 6.8, 7, 7.2)))?.when).toMatchObject({ text: 'in 7 d', detail: '' });
    expect((await rowOf(reaches('a', 6, 7, null)))?.when).toMatchObject({ text: 'in 7 d', detail: '6 d or later' });
    expect((await rowOf(reaches('a', 12, null, null)))?.when).toMatchObject({
      text: 'maybe, 18 %',
      detail: 'from 12 d on',
    });
  });

  test('shows what is past its threshold first, and says how many will not reach it or are not known', async () => {
    const beyond = resource('a', { status: 'beyond', now: 0.95 });
    const unknown = resource('d', { status: 'unknown', reason: 'too-short', now: Number.NaN });
    const chart = await chartOf([beyond, reaches('b', 1, 2, 3), resource('c', { reason: 'saw-tooth' }), unknown]);
    expect(chart).toMatchObject({
      title: 'What runs out first',
      detail: '1 past the threshold, 1 may reach it within 30 d, 1 will not, 1 without a prediction',
      rows: [
        { detail: 'at 95 %, over 90 %', when: { kind: 'already', text: 'over already' } },
        { when: { kind: 'expected' } },
        { when: { kind: 'not-expected', text: 'not within 30 d: it resets itself before' } },
        { detail: 'threshold 90 %', when: { text: 'no prediction: the history is too short' } },
      ],
    });
  });

  test('says what is free falls to its threshold', async () => {
    const free = { unit: 'By', shownUnit: 'By', direction: 'below', now: 4 * 2 ** 30, threshold: 2 ** 30 } as const;
    expect(await rowOf({ ...reaches('a', 1, 2, 3), ...free })).toMatchObject({ detail: 'at 4 GiB, falls to 1 GiB' });
    const beyond = { ...free, now: 2 ** 29, status: 'beyond' } as const;
    expect(await rowOf(resource('a', beyond))).toMatchObject({
      detail: 'at 512 MiB, below 1 GiB',
      when: { text: 'below already' },
    });
  });

  test('says so where nothing is expected, still with how far each is', async () => {
    expect(await chartOf([resource('a', { reason: 'not-approaching' })])).toMatchObject({
      title: 'Nothing is expected to run out within 30 d',
      detail: '1 will not reach the threshold within 30 d',
      untilMs: testNowMs + 30 * day,
      rows: [{ detail: 'at 71 % of 90 %', when: { text: 'not within 30 d' } }],
    });
    const unknown = resource('a', { status: 'unknown', reason: 'stopped' });
    expect(await chartOf([unknown], { nowMs: testNowMs + 90 * day })).toMatchObject({
      title: 'What runs out first is not known',
      nowName: 'end of data',
      rows: [{ when: { text: 'no prediction: no samples any more' } }],
    });
  });

  test('ends after the latest known time, with what was looked at where one is open', async () => {
    const ends = async (...resources: ResourceForecast[]) => ((await chartOf(resources)).untilMs - testNowMs) / day;
    expect(await ends(reaches('a', 1, 5, 10), resource('b'))).toBeCloseTo(11);
    expect(await ends(reaches('a', 1, 5, 29))).toBe(30);
    expect(await ends(reaches('a', 1, 5, 10), reaches('b', 3, null, null))).toBe(30);
  });

  test('shows six rows, at most four of them past the threshold where others will be, and counts the rest', async () => {
    const beyond = Array.from({ length: 5 }, (_, i) => resource(`past-${i}`, { status: 'beyond' }));
    const next = Array.from({ length: 3 }, (_, i) => reaches(`next-${i}`, 1, 2, 3));
    const { rows, leftOut } = await chartOf([...beyond, ...next]);
    expect(rows.map(({ name }) => name.replace(' memory', ''))).toEqual([
      ...['past-0', 'past-1', 'past-2', 'past-3', 'next-0', 'next-1'],
    ]);
    expect(leftOut).toBe(2);
    expect((await chartOf([...beyond, resource('later')])).rows).toHaveLength(6);
  });
});

describe('the chart of anomalies', () => {
  const values = Float64Array.of(1, 1, 9, 1);
  const series = {
    ...{ host: 'db-1', metric: 'm', labels: { device: 'sda' }, unit: 'By/s', startMs: testNowMs - 4 * hour },
    ...{ stepMs: hour, values, lower: values.map(() => 0), upper: values.map(() => 2), shownUnit: 'By/s' },
  };
  const window = { fromMs: testNowMs - 4 * hour, toMs: testNowMs };
  const anomaly = (labels: Labels): Anomaly => ({
    ...{ metric: 'm', labels, unit: 'By/s', startMs: testNowMs - 2 * hour, endMs: testNowMs, value: 9, expected: 1 },
    ...{ peakMs: testNowMs - 2 * hour, lower: 0, upper: 2, score: 0.987, severity: 'high', shownUnit: 'By/s' },
    kind: 'value',
  });
  const chartOf = async (anomalies: Anomaly[], rest: Partial<AnomalyView> = {}) => {
    const view = { ...window, series, anomalies, tooShort: false, ...rest };
    const { chart, leftOut } = await described({ kind: 'anomalies', ...view });
    return { ...(chart as TimeChart), leftOut };
  };

  test('shows one series with the band it was expected in and its marks, and counts the other odd series', async () => {
    const others = [anomaly({ device: 'sdb' }), anomaly({ device: 'sdb' }), anomaly({})];
    expect(await chartOf([anomaly({ device: 'sda' }), ...others])).toMatchObject({
      ...{ title: 'm{device=sda} on db-1', detail: '1 odd interval, strongest 9 B/s (score 0.99)', ...window },
      lines: [{ name: 'avg per 1h', role: 'measured', values }],
      bands: [{ name: 'expected', lower: series.lower, upper: series.upper }],
      marks: [
        { fromMs: testNowMs - 2 * hour, toMs: testNowMs },
        { fromMs: testNowMs - 2 * hour, toMs: testNowMs - hour, value: 9 },
      ],
      leftOut: 2,
    });
  });

  test('has no band where none could be told, and says where the history is too short for one', async () => {
    const blind = { ...series, lower: values.map(() => Number.NaN), upper: values.map(() => Number.NaN) };
    expect((await chartOf([], { series: blind })).bands).toEqual([]);
    expect(await chartOf([], { tooShort: true })).toMatchObject({
      detail: 'the history is too short to say what is odd',
      bands: [],
    });
  });

  test('says so where nothing is odd', async () => {
    expect(await chartOf([])).toMatchObject({ detail: 'nothing odd', marks: [], leftOut: 0 });
  });
});

test('each chart has a URI of its own that nobody can guess, under which its owner reads it', async () => {
  const draw = async () => ({ svg: '<svg/>', png: new Uint8Array() });
  const charts = createCharts({ draw, queryMetric: () => Promise.reject(new Error()), theme: 'light' });
  const request = { kind: 'range', resources: [], asOfMs: testNowMs, nowMs: testNowMs, horizonMs: hour } as const;
  const [a, b] = await Promise.all([charts.draw(request, owner, signal), charts.draw(request, owner, signal)]);
  expect(a.uri).toMatch(/^openmanager:\/\/charts\/[\w-]{22}$/);
  expect(a.uri).not.toBe(b.uri);
  const id = a.uri.split('/').at(-1) ?? '';
  expect(charts.svg(id, owner)).toBe('<svg/>');
  expect(() => charts.svg(id, { subject: 'bob' })).toThrow('There is no such chart');
});
