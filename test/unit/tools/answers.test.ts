import { describe, expect, test, vi } from 'vitest';
import type { App } from '../../../src/app.ts';
import { statistics } from '../../../src/core/statistics.ts';
import { formatTime } from '../../../src/core/time.ts';
import type { CapacityResult } from '../../../src/metrics/forecast-capacity.ts';
import type { MetricForecast } from '../../../src/metrics/forecast-metric.ts';
import type { ForecastRecord } from '../../../src/metrics/forecast-records.ts';
import type { ResourceForecast } from '../../../src/metrics/resource-forecast.ts';
import { tools } from '../../../tools/index.ts';
import { fakeAnswers } from '../../support/fake-answers.ts';
import { callContext, fakeApp, guardOf, testNowMs } from '../../support/fake-app.ts';

const hour = 3_600_000;
const call = (app: Partial<App>, tool: string, args: object = {}, context = callContext()) =>
  guardOf(tools, { app: fakeApp(app) }).callTool(tool, args, context);

const series = { host: 'web-1', metric: 'system.cpu.utilization', labels: {}, unit: '1' };
const coverage = { askedMs: hour, coveredMs: hour, reasons: [] };

describe('an empty result says likely causes and what to call next', () => {
  test('no hosts', async () => {
    const { text, data } = await call({ hosts: async () => [] }, 'list_hosts');
    expect(text).toMatch(/No host has data yet: .*seconds.*get_host_snapshot/);
    expect(data).toEqual({ hosts: [], total: 0, truncated: false });
  });

  test('no metric with that name, but others', async () => {
    const app = { catalog: async () => [{ ...series, value: 0.5 }] };
    const { text, data } = await call(app, 'list_metrics', { match: 'gpu\n' });
    expect(text).toBe('No metric matches "gpu\ufffd". Names: system.cpu.utilization.');
    expect(data).toMatchObject({ metrics: [], total: 0 });
  });

  test('no metric at all', async () => {
    const { text } = await call({ catalog: async () => [] }, 'list_metrics');
    expect(text).toContain('try again in seconds');
  });

  test('no samples in a window of the past, or of the future', async () => {
    const queryMetric = async () => ({ stepMs: 1000, matched: 2, series: [], coverage });
    const past = await call({ queryMetric }, 'query_metrics', { metric: 'm' });
    expect(past.text).toMatch(/No samples of m from .* \(series that match: 2\)\. .*list_hosts/);
    const future = await call({ queryMetric }, 'query_metrics', { metric: 'm', from: '+1h', to: '+2h' });
    expect(future.text).toContain('forecast_metric predicts');
    expect(future.data).toMatchObject({ host: 'here', series: [], total: 0 });
  });

  test('nothing odd, or nothing to look at', async () => {
    const counts = { stepMs: 60_000, series: 3, leftOut: 0, tooShort: 0, samples: 900 };
    const found = { ...counts, coverage, anomalies: [], oddest: null, isFlaggedKnown: true };
    const quiet = await call({ findAnomalies: async () => found }, 'detect_anomalies');
    expect(quiet.text).toMatch(/^Nothing odd found in 3 series, .*A higher sensitivity finds smaller ones\.$/m);
    const many = await call({ findAnomalies: async () => ({ ...found, leftOut: 212 }) }, 'detect_anomalies');
    expect(many.text).toContain('212 more series were not looked at: name a metric of theirs.');
    expect(many.data).toMatchObject({ series: 3, series_left_out: 212 });
    const young = await call({ findAnomalies: async () => ({ ...found, tooShort: 2 }) }, 'detect_anomalies');
    expect(young.text).toMatch(/For 2 of them the history is too short to say what is usual\.$/m);
    const blind = await call({ findAnomalies: async () => ({ ...found, samples: 0 }) }, 'detect_anomalies');
    expect(blind.text).toMatch(/There are no samples from .*list_hosts/);
    const unread = await call({ findAnomalies: async () => ({ ...found, isFlaggedKnown: false }) }, 'detect_anomalies');
    expect(unread.text).toContain('What was flagged as samples arrived cannot be read now.');
    const noChart = await call({ findAnomalies: async () => found }, 'detect_anomalies', { chart: true });
    expect(noChart.data).not.toHaveProperty('chart');
  });

  test('nothing that changed, nothing to look at, or nothing to hold it against', async () => {
    const window = { fromMs: testNowMs - 5 * hour, toMs: testNowMs - hour };
    const none = {
      stepMs: 60_000,
      baseline: window,
      earlierDays: 0,
      series: 3,
      compared: 3,
      changed: 0,
      leftOut: 0,
      metric: null,
    };
    const found = { ...none, samples: { baseline: 9, incident: 9 }, coverage, resources: [] };
    const ask = (change: Partial<typeof found>) =>
      call({ findCorrelated: async () => ({ ...found, ...change }) }, 'find_correlated_metrics');
    const quiet = await ask({});
    expect(quiet.text).toMatch(/^Nothing stands out in .* beside .*: no series changed .*detect_anomalies/);
    expect(quiet.data).toMatchObject({ resources: [], total: 0, truncated: false });
    const asked = await call(
      { findCorrelated: async () => ({ ...found, metric: { ...series, changed: false } }) },
      'find_correlated_metrics',
      { metric: series.metric },
    );
    expect(asked.text).toMatch(
      /no series changed with system\.cpu\.utilization .*It did not change itself\. Leave out metric/,
    );
    expect((await ask({ samples: { baseline: 0, incident: 9 } })).text).toMatch(
      /^There is nothing to hold .* against: no samples from .*Name another baseline; list_hosts/,
    );
    expect((await ask({ samples: { baseline: 9, incident: 0 } })).text).toMatch(
      /^There are no samples from .*list_hosts/,
    );
    expect((await ask({ leftOut: 12 })).text).toContain('12 more series were not looked at.');
  });

  test('no audit entries', async () => {
    const queryAudit = async () => ({ entries: [], total: 0, nextCursor: null });
    const { text } = await call({ queryAudit }, 'query_audit_log');
    expect(text).toBe('No entry matches; try an earlier from, or leave out a filter.');
  });
});

test.each([
  [[1], '; 1 sample\n'],
  [[1, 2], '; 2 samples\n'],
])('query_metrics says of %j how many samples there are', async (numbers, expected) => {
  const values = Float64Array.from(numbers);
  const shown = { ...series, shownUnit: '1', id: 1 };
  const found = { ...shown, statistics: statistics(values), points: { startMs: 0, stepMs: 60_000, values } };
  const queryMetric = async () => ({ stepMs: 60_000, matched: 1, series: [found], coverage });
  expect((await call({ queryMetric }, 'query_metrics', { metric: series.metric })).text).toContain(expected);
});

test('find_correlated_metrics tells each resource in one line: what changed, from what to what, since when and why it is there', async () => {
  const app = fakeAnswers({ items: 2, points: 30, name: (i) => ['cpu', 'disk', 'cpu.load'][i % 3] ?? '' });
  const { text, data } = await call(app, 'find_correlated_metrics');
  const [head, , first, second, last] = text.split('\n');
  expect(head).toMatch(
    /^2 resources changed with disk \(2 of 2 series\) in .* beside .* and the same time of 5 earlier days, steps of 5s; likeliest cause first\.$/,
  );
  expect(first).toMatch(
    /^cpu: cpu\.load\{.*\} up 1\.23 % -> 9880 % from \S+Z, changed first; 12 times beyond its usual, KS 0\.99, p 1e-9; also /,
  );
  expect(second).toContain('changed 40s after cpu; moves with system.cpu.utilization, 5s after it (r 0.91)');
  expect(last).toBe('These are candidates, not proof; query_metrics shows each.');
  expect(data).toMatchObject({
    step: '5s',
    changed: 2,
    resources: [{ resource: 'cpu', kind: 'up', lag_s: 0 }, { lag_s: 5 }],
  });
});

describe('what a tool asks the app for', () => {
  test('query_metrics: the last hour on this host by default, each time against one now', async () => {
    const queryMetric = vi.fn(async () => ({ stepMs: 1000, matched: 0, series: [], coverage }));
    await call({ queryMetric }, 'query_metrics', { metric: 'm' });
    expect(queryMetric).toHaveBeenCalledWith({
      host: undefined,
      metric: 'm',
      labels: undefined,
      fromMs: testNowMs - hour,
      toMs: testNowMs,
      nowMs: testNowMs,
      stepMs: undefined,
      aggregation: 'avg',
      maxPoints: 60,
    });
  });

  test('query_metrics: labels, step and aggregation as they were given', async () => {
    const queryMetric = vi.fn(async () => ({ stepMs: 1000, matched: 0, series: [], coverage }));
    const args = { host: 'web-1', metric: 'm', labels: { a: '*' }, from: '-2h', step: '5m', aggregation: 'p95' };
    await call({ queryMetric }, 'query_metrics', args);
    const expected = { host: 'web-1', labels: { a: '*' }, fromMs: testNowMs - 2 * hour, stepMs: 300_000 };
    expect(queryMetric).toHaveBeenCalledWith(expect.objectContaining({ ...expected, aggregation: 'p95' }));
  });

  test('find_correlated_metrics: the incident, and the baseline only where it is named', async () => {
    const findCorrelated = vi.fn(fakeAnswers({ items: 1, points: 30, name: String }).findCorrelated);
    await call({ findCorrelated }, 'find_correlated_metrics', { from: '-1h', to: '-30m', metric: 'm' });
    const window = { fromMs: testNowMs - hour, toMs: testNowMs - hour / 2, nowMs: testNowMs, metric: 'm' };
    const wanted = (change: object) => [
      expect.objectContaining({ ...window, ...change }),
      expect.anything(),
      expect.anything(),
    ];
    expect(findCorrelated).toHaveBeenLastCalledWith(...wanted({ baseline: undefined }));
    await call({ findCorrelated }, 'find_correlated_metrics', {
      from: '-1h',
      to: '-30m',
      metric: 'm',
      baseline: '-3h/-2h',
    });
    const baseline = { fromMs: testNowMs - 3 * hour, toMs: testNowMs - 2 * hour };
    expect(findCorrelated).toHaveBeenLastCalledWith(...wanted({ baseline }));
  });

  test('forecast_metric: the horizon, the level and the now of the request', async () => {
    const forecastMetric = vi.fn(fakeAnswers({ items: 1, points: 30, name: String }).forecastMetric);
    await call({ forecastMetric }, 'forecast_metric', { metric: 'm', horizon: '2h', level: '0.8' });
    const expected = { metric: 'm', nowMs: testNowMs, horizonMs: 2 * hour, level: 0.8, fromMs: undefined };
    expect(forecastMetric).toHaveBeenCalledWith(expect.objectContaining(expected), expect.any(AbortSignal));
  });

  test.each([
    ['query_metrics', { metric: 'm', from: 'yesterday' }, /^from: "yesterday" is no time/],
    ['query_metrics', { metric: 'm', step: '5' }, /^step: "5" is no duration/],
    ['forecast_metric', { metric: 'm', horizon: 'long' }, /^horizon: "long" is no duration/],
    ['detect_anomalies', { to: '2026-02-30' }, /^to: "2026-02-30" is no time/],
    ['find_correlated_metrics', { baseline: 'before' }, /^baseline: "before" is no interval/],
    ['query_audit_log', { from: '' }, /^from: "" is no time/],
  ])('%s refuses %j by the name of the parameter', async (tool, args, message) => {
    await expect(call({}, tool, args)).rejects.toMatchObject({ code: 'invalid_argument' });
    await expect(call({}, tool, args)).rejects.toThrow(message);
  });
});

test('list_metrics shows a number of unit 1 as what it is, all of a metric alike', async () => {
  const latest = (metric: string, queue: string, value: number) => ({ metric, labels: { queue }, unit: '1', value });
  const catalog = async () => [
    latest('app.queue.length', 'mail', 303),
    latest('app.queue.length', 'index', 0.5),
    latest('app.fill', 'mail', 0.5),
    latest('system.memory.utilization', '', 0),
  ];
  const { text, data } = await call({ catalog }, 'list_metrics', {});
  expect(
    text
      .split('\n')
      .slice(1)
      .map((line) => line.split(' = ')[1]),
  ).toEqual(['303', '0.5', '50 %', '0 %']);
  expect(data).toMatchObject({ metrics: [{ unit: '1', latest: 303 }, {}, {}, {}] });
});

test('the tools about history show a number of unit 1 as the app tells to, and name its unit as it is stored', async () => {
  const app = fakeAnswers({ items: 1, points: 3, name: () => 'depth' });
  const plain = <T extends object>(one: T) => ({ ...one, unit: '1', shownUnit: '' });
  const signal = new AbortController().signal;
  const queryMetric: typeof app.queryMetric = async (query) => {
    const found = await app.queryMetric(query);
    return { ...found, series: found.series.map(plain) };
  };
  const forecastMetric: typeof app.forecastMetric = async (request) => plain(await app.forecastMetric(request, signal));
  const findAnomalies: typeof app.findAnomalies = async (...asked) => {
    const found = await app.findAnomalies(...asked);
    return { ...found, anomalies: found.anomalies.map(plain) };
  };
  const texts = [
    (await call({ ...app, queryMetric }, 'query_metrics', { metric: 'm' })).text,
    (await call({ ...app, forecastMetric }, 'forecast_metric', { metric: 'm', horizon: '2m' })).text,
    (await call({ ...app, findAnomalies }, 'detect_anomalies', {})).text,
  ];
  expect(texts[0]).toMatch(/\(unit 1\): last [\d.]+, mean [\d.]+,/);
  expect(texts[1]).toMatch(/ at the end, 95 % interval [\d.]+ to [\d.]+;.*\n.*its mean error was [\d.]+, /);
  expect(texts[2]).toMatch(/12\.35 where 0\.5 to 2 was expected/);
});

test('an anomaly that is no single value is told as what it is', async () => {
  const app = fakeAnswers({ items: 2, points: 3, name: (i) => `name-${i}` });
  const kinds = ['course', 'standstill'] as const;
  const findAnomalies: typeof app.findAnomalies = async (...asked) => {
    const found = await app.findAnomalies(...asked);
    return { ...found, anomalies: found.anomalies.map((one, i) => ({ ...one, kind: kinds[i] ?? one.kind })) };
  };
  const { text, data } = await call({ ...app, findAnomalies }, 'detect_anomalies', {});
  expect(text).toMatch(
    /name-0.*an unusual course, such as [\d.]+.* where [\d.]+.* was expected.*\n.*name-1.*stood still at 12/,
  );
  expect(data).toMatchObject({ anomalies: [{ kind: 'course' }, { kind: 'standstill' }] });
});

test('detect_anomalies says what was flagged when, and what that may mean, as a hypothesis', async () => {
  const findAnomalies = vi.fn(fakeAnswers({ items: 3, points: 3, name: (i) => `name-${i}` }).findAnomalies);
  const { text, data } = await call({ findAnomalies }, 'detect_anomalies', { min_severity: 'medium' });
  expect(findAnomalies.mock.calls[0]?.[0]).toMatchObject({ minSeverity: 'medium', sensitivity: 0.5 });
  const lines = text.split('\n');
  const evidence = 'name-0 sends 12 MB/s where at most 2 MB/s was expected';
  expect(lines).toContain(`Hypothesis, no fact (group 0, outgoing_flood): ${evidence}`);
  expect(
    lines.filter((line) => line.endsWith('; flagged 2026-03-01T11:57:00Z, group 2, suspected outgoing_flood')),
  ).toHaveLength(1);
  expect(data.hypotheses).toEqual([
    { group: 0, kind: 'outgoing_flood', evidence },
    { group: 2, kind: 'outgoing_flood', evidence: evidence.replace('0', '2') },
  ]);
  const [first, second] = data.anomalies as Record<string, unknown>[];
  expect(first).toMatchObject({ flagged: '2026-03-01T11:57:00Z', group: 0, hypotheses: ['outgoing_flood'] });
  expect(second).not.toHaveProperty('flagged');
  await expect(call({}, 'detect_anomalies', { min_severity: 'bad' })).rejects.toThrow(/min_severity/);
});

describe('forecast_metric', () => {
  test('tells progress, and shows at most 60 steps of a long horizon, the last one included', async () => {
    const progress = vi.fn();
    const app = fakeAnswers({ items: 1, points: 30, name: (i) => `name-${i}` });
    const args = { metric: 'm', horizon: '5h', max_tokens: 4000 };
    const { text, data } = await call(app, 'forecast_metric', args, callContext({ progress }));
    expect(progress.mock.calls.map(([done]) => done)).toEqual([0, 1]);
    expect(data).toMatchObject({ step: '5m', start: '2026-03-01T12:04:00Z' });
    for (const name of ['mean', 'lower', 'upper']) expect(data[name]).toHaveLength(60);
    expect(text).toContain(
      '(12 backtests) its mean error was 71.2 %, 0.71 times that of repeating the last value (100 %); the 95 % interval held 94.1 %',
    );
  });

  const answerOf = async (change: (known: MetricForecast) => Partial<MetricForecast>, args: object = {}) => {
    const known = await fakeAnswers({ items: 1, points: 3, name: String }).forecastMetric(
      { metric: 'm', nowMs: testNowMs, horizonMs: 2 * hour, level: 0.95 },
      new AbortController().signal,
    );
    const found = { ...known, ...change(known) };
    return call({ forecastMetric: async () => found }, 'forecast_metric', { metric: 'm', horizon: '2h', ...args });
  };

  test('begins with what was last and since, and from when to when what is expected', async () => {
    const { text, data } = await answerOf(({ forecast }) => ({
      labels: {},
      metric: 'load',
      unit: '',
      shownUnit: '',
      host: 'web-1',
      running: 7,
      history: { startMs: testNowMs - 3 * hour, stepMs: hour, values: Float64Array.of(1, 2, Number.NaN) },
      forecast: {
        ...forecast,
        mean: Float64Array.of(3, 4),
        intervals: [{ level: 0.95, lower: Float64Array.of(2, 2.5), upper: Float64Array.of(5, 6) }],
      },
    }));
    const start = formatTime(testNowMs - 3 * hour);
    expect(text.split('\n').slice(0, 2)).toEqual([
      `load on web-1: last 2 (1h from ${formatTime(testNowMs - 2 * hour)}), 7 since. Forecast from 2026-03-01T12:00:00Z to 2026-03-01T14:00:00Z (2h): 4 at the end, 95 % interval 2.5 to 6; highest 4 at 2026-03-01T13:00:00Z, lowest 3 at 2026-03-01T12:00:00Z.`,
      expect.stringMatching(new RegExp(`, from 3 steps of 1h since ${start}\\. On this series' own past`)),
    ]);
    expect(data).toMatchObject({
      start: '2026-03-01T12:00:00Z',
      end: '2026-03-01T14:00:00Z',
      history: { start, end: '2026-03-01T12:00:00Z', last: { value: 2 }, running: 7 },
    });
  });

  test('says of what stays the same neither where it is highest nor where it is lowest', async () => {
    const same = await answerOf(({ forecast }) => ({
      running: null,
      forecast: { ...forecast, mean: Float64Array.of(3, 3) },
    }));
    expect(same.text).toContain('(2m): 300 % at the end, ');
    expect(same.text).not.toMatch(/highest|lowest|since\. Forecast/);
  });

  test('shows rounding of the computation as 0', async () => {
    const { text, data } = await answerOf(({ forecast }) => ({
      forecast: { ...forecast, mean: Float64Array.of(3e-17, -2e-16) },
    }));
    expect(data.mean).toEqual([0, 0]);
    expect(text).toMatch(/\n {2}mean 0 0\n/);
  });

  test('says of its history that it was looked at, and of one that was asked for that it was', async () => {
    expect((await answerOf(() => ({}))).text).toMatch(/\nCovered: \d+ % of the \S+ looked at; /);
    expect((await answerOf(() => ({}), { from: '-7d' })).text).toMatch(/\nCovered: \d+ % of the \S+ asked for; /);
  });

  test.each([
    [{ level: 95 }, /"level": must be a number above 0\.4 and below 0\.999, such as 0\.95 \(did you mean 0\.95\?\)\./],
    [{ level: '97.5' }, /did you mean 0\.975\?/],
    [{ level: '80%' }, /did you mean 0\.8\?/],
    [{ level: 1 }, /"level": must be a number above 0\.4 and below 0\.999, such as 0\.95\.$/],
    [{ level: 'high' }, /"level": must be a number above 0\.4/],
    [{ horizon: '0d' }, /^horizon: "0d" is not above 0; use a number and one of ms, s,/],
    [{ from: '7d' }, /^from: "7d" is no time \(did you mean "-7d"\?\); use /],
    [{ exclude: [7] }, /"exclude\.0": must be two times with \/ between them, e\.g\. "-3d\/-2d"/],
    [{ exclude: '' }, /^exclude: "" is no interval/],
    [{ exclude: '-1d/-1d' }, /^exclude: "-1d\/-1d" ends when it starts/],
  ])('refuses %j and says what is valid', async (args, message) => {
    await expect(answerOf(() => ({}), args)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(message),
    });
  });

  test('says so where its accuracy is not known', async () => {
    const known = await fakeAnswers({ items: 1, points: 3, name: String }).forecastMetric(
      { metric: 'm', nowMs: testNowMs, horizonMs: hour, level: 0.95 },
      new AbortController().signal,
    );
    const unknown = { ...known, forecast: { ...known.forecast, backtest: null } };
    const { text, data } = await call({ forecastMetric: async () => unknown }, 'forecast_metric', { metric: 'm' });
    expect(text).toContain('How accurate it is on this series is not known');
    expect(data.backtest).toBeNull();
  });
});

describe('forecast_metric on earlier forecasts', () => {
  async function answer(record: ForecastRecord | null) {
    const known = await fakeAnswers({ items: 1, points: 3, name: String }).forecastMetric(
      { metric: 'm', nowMs: testNowMs, horizonMs: hour, level: 0.95 },
      new AbortController().signal,
    );
    return call({ forecastMetric: async () => ({ ...known, record }) }, 'forecast_metric', { metric: 'm' });
  }
  const coverage = { level: 0.95, actual: 0.93123, checked: 30 };
  const checked = { checked: 34, mase: 0.81234, baselineMase: 1.02345, coverage, preference: null };
  const preference = { model: 'drift', sinceMs: testNowMs, windows: 41, improvement: 0.12345, probability: 0.00012 };

  test('says what was measured', async () => {
    const { text, data } = await answer(checked);
    expect(text).toContain(
      '\n34 earlier forecasts like this were checked against what came: their mean error was 0.812 MASE, 0.79 times that of the naive method (1.02 MASE); the 95 % interval of 30 held 93.1 % of the values.\n',
    );
    expect(text).not.toContain('Preferred');
    expect(data.record).toEqual({
      checked: 34,
      mase: 0.8123,
      baseline_mase: 1.023,
      coverage: 0.9312,
      preferred: null,
    });
  });

  test('says which method is preferred, since when and why', async () => {
    const { text, data } = await answer({ ...checked, preference: { ...preference, over: null } });
    expect(text).toContain(
      "\nPreferred since 2026-03-01T12:00:00Z: drift, 12 % less error than the backtest's choice in 41 checked forecasts; it cannot be had for this history.\n",
    );
    expect(data.record).toMatchObject({
      preferred: { model: 'drift', since: '2026-03-01T12:00:00Z', over: null, windows: 41, probability: 0.00012 },
    });
    const after = await answer({ ...checked, preference: { ...preference, over: 'naive' } });
    expect(after.text).toContain('less error than naive in 41');
    const model = 'combination of seasonal-naive, damped-trend';
    const used = await answer({ ...checked, preference: { ...preference, model, over: null } });
    expect(used.text).toMatch(/in 41 checked forecasts\.\n/);
  });

  test('says nothing that was not measured', async () => {
    const { text, data } = await answer(null);
    expect(text).not.toMatch(/checked|Preferred|confiden/i);
    expect(data.record).toBeNull();
    const young = await answer({ ...checked, checked: 1, mase: null, baselineMase: null, coverage: null });
    expect(young.text).toContain('\n1 earlier forecast like this was checked against what came.\n');
  });

  test('shows an error that is only rounding as 0', async () => {
    const { text, data } = await answer({ ...checked, mase: 9.8e-15 });
    expect(text).toContain('came: their mean error was 0 MASE, that of the naive method 1.02 MASE; the 95 %');
    expect(data.record).toMatchObject({ mase: 0, baseline_mase: 1.023 });
  });
});

describe('forecast_capacity', () => {
  const day = 24 * hour;
  const asked = { metric: 'm', nowMs: testNowMs, horizonMs: 30 * day };
  const one: ResourceForecast = {
    ...series,
    resource: 'filesystem /var',
    now: 0.712,
    startsFrom: null,
    threshold: 0.9,
    direction: 'above',
    shownUnit: '1',
    isImpossible: false,
    status: 'reaches',
    earliestMs: testNowMs + 7 * day,
    likelyMs: testNowMs + 9 * day,
    latestMs: testNowMs + 14 * day,
    probability: 0.98,
    reason: null,
    scale: 'long',
    historyMs: 28 * day,
    lastMs: testNowMs,
    backtest: { error: 0.004, baselineError: 0.019 },
    shift: null,
    lastValue: null,
    resets: null,
    changes: [],
  };
  const result: CapacityResult = {
    hosts: 3,
    asOfMs: testNowMs,
    resources: [one],
    silent: [],
    without: 0,
    damagedHours: 0,
    excluded: [],
  };
  const answer = (change: Partial<CapacityResult>) =>
    call({ forecastCapacity: async () => ({ ...result, ...change }) }, 'forecast_capacity', { max_tokens: 4000 });
  const lineOf = async (change: Partial<ResourceForecast>) =>
    (await answer({ resources: [{ ...one, ...change }] })).text.split('\n')[1];

  test('asks for all hosts, 30 days ahead, and leaves out the times that are named', async () => {
    const forecastCapacity = vi.fn(async () => result);
    await call({ forecastCapacity }, 'forecast_capacity', { exclude: ['-2d/-1d'] });
    expect(forecastCapacity).toHaveBeenCalledWith(
      expect.objectContaining({
        host: undefined,
        nowMs: asked.nowMs,
        horizonMs: asked.horizonMs,
        exclude: [{ fromMs: testNowMs - 2 * day, toMs: testNowMs - day }],
      }),
      expect.any(AbortSignal),
      expect.any(Function),
    );
    await expect(call({ forecastCapacity }, 'forecast_capacity', { exclude: ['last night'] })).rejects.toThrow(
      /^exclude: "last night" is no interval/,
    );
  });

  test('says when, between which dates, and how wrong it was beside staying flat', async () => {
    expect(await lineOf({})).toBe(
      'web-1 filesystem /var: 71.2 %; rises to 90 % likely 2026-03-10 (in 9d), 2026-03-08 to 2026-03-15; error 0.4 %, staying flat 1.9 %',
    );
    expect(
      await lineOf({ likelyMs: testNowMs + 40 * 60_000, earliestMs: testNowMs + 30 * 60_000, latestMs: null }),
    ).toContain('rises to 90 % likely 2026-03-01T12:40Z (in 40m), 2026-03-01T12:30Z to open');
    expect(await lineOf({ likelyMs: null, latestMs: null, probability: 0.12 })).toContain(
      'rises to 90 % maybe from 2026-03-08 (in 7d) on, 12 %',
    );
    const hours = (n: number) => testNowMs + 72 * hour + n * hour;
    expect(await lineOf({ earliestMs: hours(-3), likelyMs: hours(0), latestMs: hours(5) })).toContain(
      'likely 2026-03-04 (in 3d), 2026-03-04T09:00Z to 2026-03-04T17:00Z;',
    );
    expect(await lineOf({ earliestMs: hours(0), likelyMs: hours(0), latestMs: hours(0) })).toContain(
      'likely 2026-03-04 (in 3d); error',
    );
    expect(await lineOf({ earliestMs: testNowMs, likelyMs: testNowMs })).toContain(
      'likely 2026-03-01T12:00Z (now), 2026-03-01T12:00Z to 2026-03-15;',
    );
    expect(await lineOf({ status: 'beyond', now: 0.93 })).toBe('web-1 filesystem /var: 93 %; over 90 % already');
    expect(await lineOf({ scale: 'short', historyMs: 2 * hour })).toContain('rising so for 2h or less');
  });

  test('counts from the end of the data where that is past, as today may be later than what it says', async () => {
    const asOfMs = testNowMs - 5 * day;
    const resources = [{ ...one, earliestMs: asOfMs + day, likelyMs: asOfMs + 2 * day, latestMs: asOfMs + 4 * day }];
    const { text } = await answer({ asOfMs, resources });
    expect(text).toContain('likely 2026-02-26 (2d after the data ends), 2026-02-25T12:00Z to 2026-02-28;');
    expect(text).not.toContain('(in ');
  });

  test('says what it starts from where the present value is left out', async () => {
    const startsFrom = { value: 0.87, timeMs: testNowMs - 16 * hour };
    expect(await lineOf({ startsFrom, now: 0.32 })).toMatch(
      /^web-1 filesystem \/var: 32 % \(left out, the forecast starts from 87 % at 2026-02-28T20:00:00Z\); rises to 90 % likely/,
    );
    expect((await answer({ resources: [{ ...one, startsFrom }] })).data).toMatchObject({
      resources: [{ starts_from: { value: 0.87, time: '2026-02-28T20:00:00Z' } }],
    });
  });

  test('names what a series does and what changed on the host', async () => {
    const none = { earliestMs: null, likelyMs: null, latestMs: null };
    const resets = { count: 7, periodMs: 4 * day, peak: 0.7 };
    expect(await lineOf({ ...none, status: 'later', reason: 'saw-tooth', resets })).toBe(
      'web-1 filesystem /var: 71.2 %; does not rise to 90 % within 30d (resets itself before); falls back every 4d from 70 %',
    );
    const shift = { timeMs: testNowMs - 5 * day, size: -0.2 };
    const changes = [{ kind: 'restart' as const, timeMs: testNowMs - 5 * day, text: 'the host restarted' }];
    expect(await lineOf({ shift, changes })).toContain(
      'known since 2026-02-24T12:00:00Z, when it fell by 20 %, the host restarted',
    );
    expect(await lineOf({ ...none, status: 'unknown', reason: 'too-short' })).toBe(
      'web-1 filesystem /var: 71.2 %; no prediction of when it rises to 90 % (too short a history)',
    );
  });

  test('says on which side of the threshold it is reached', async () => {
    const left = { direction: 'below' as const, unit: 'By', shownUnit: 'By', now: 2 ** 34, threshold: 2 ** 32 };
    const backtest = null;
    expect(await lineOf({ ...left, backtest })).toContain(
      'web-1 filesystem /var: 16 GiB; falls to 4 GiB likely 2026-03',
    );
    expect(await lineOf({ ...left, status: 'beyond' })).toContain('; below 4 GiB already');
    expect(await lineOf({ ...left, status: 'later' })).toContain('; does not fall to 4 GiB within 30d');
    const { text, data } = await answer({ resources: [{ ...one, ...left, status: 'beyond' }] });
    expect(text).toContain('1 resource of 3 hosts, 30d from 2026-03-01T12:00:00Z: 1 below the threshold, ');
    expect(data).toMatchObject({ resources: [{ direction: 'below', threshold: 2 ** 32, unit: 'By' }] });
  });

  test('says when the last value may be an odd reading', async () => {
    expect(await lineOf({ lastValue: 'odd' })).toContain('; its last value is taken for an odd reading');
    expect(await lineOf({ lastValue: 'doubtful' })).toContain('; unless its last value is an odd reading');
    expect(await lineOf({ lastValue: null })).not.toContain('odd');
  });

  test('shows a plain number as one, though its unit is 1', async () => {
    expect(await lineOf({ shownUnit: '', now: 500, threshold: 2000, backtest: null })).toContain(
      'web-1 filesystem /var: 500; rises to 2000 likely 2026-03-10',
    );
  });

  test('says one of one, and what was left out of the history', async () => {
    const { text, data } = await answer({
      hosts: 1,
      without: 1,
      damagedHours: 1,
      excluded: [
        { fromMs: testNowMs - 2 * day, toMs: testNowMs - day, hours: 24 },
        { fromMs: testNowMs - 90 * day, toMs: testNowMs - 80 * day, hours: 0 },
      ],
    });
    expect(text).toMatch(/^1 resource of 1 host, /);
    expect(text).toContain('\n1 host has nothing of it.\n1 hour of series cannot be read, ');
    expect(text).toContain(
      'Left out of the history: 24 h, 2026-02-27T12:00:00Z to 2026-02-28T12:00:00Z; nothing, as it begins later or ends before, 2025-12-01T12:00:00Z to 2025-12-11T12:00:00Z.',
    );
    expect(data).toMatchObject({ excluded: [{ from: '2026-02-27T12:00:00Z', hours: 24 }, { hours: 0 }] });
    expect((await answer({})).data).not.toHaveProperty('excluded');
  });

  test('takes above or below as the direction, and names what else was given', async () => {
    const forecastCapacity = vi.fn(async () => result);
    await call({ forecastCapacity }, 'forecast_capacity', { direction: 'below' });
    expect(forecastCapacity).toHaveBeenCalledWith(
      expect.objectContaining({ direction: 'below' }),
      expect.any(AbortSignal),
      expect.any(Function),
    );
    await expect(call({ forecastCapacity }, 'forecast_capacity', { direction: 'sideways' })).rejects.toThrow(
      /direction/,
    );
  });

  test('counts what does not run out by its reasons, and says which hosts are silent', async () => {
    const later = { ...one, status: 'later' as const, reason: 'not-approaching' as const };
    const { text, data } = await answer({
      resources: [one, later, later, { ...later, status: 'unknown', reason: 'too-noisy' }],
      silent: Array.from({ length: 7 }, (_, i) => ({ host: `old-${i}`, lastMs: testNowMs - 3 * day })),
      without: 2,
      damagedHours: 3,
    });
    expect(text).toContain(
      '4 resources of 3 hosts, 30d from 2026-03-01T12:00:00Z: 0 over the threshold, 1 may reach it, 2 will not (2 not approaching), no prediction for 1 (1 too noisy).',
    );
    expect(text).toMatch(/Stopped reporting: old-0 \(2026-02-26T12:00:00Z\), .*old-4 \(.*\) and 2 more\./);
    expect(text).toContain('2 hosts have nothing of it.');
    expect(text).toContain('3 hours of series cannot be read, the data is damaged.');
    expect(data).toMatchObject({
      counts: { reaches: 1, later: 2, unknown: 1 },
      reasons: { 'not-approaching': 2, 'too-noisy': 1 },
      stopped_hosts: 7,
      total: 4,
    });
  });

  test('gives the rest by cursor', async () => {
    const resources = Array.from({ length: 5 }, (_, i) => ({ ...one, host: `web-${i}` }));
    const app = { forecastCapacity: async () => ({ ...result, resources }) };
    const first = await call(app, 'forecast_capacity', { limit: 2 });
    expect(first.data).toMatchObject({ total: 5, truncated: true, next_cursor: '2' });
    const second = await call(app, 'forecast_capacity', { limit: 2, cursor: '2' });
    expect(second.text).toContain('web-2 filesystem');
  });
});

describe('get_host_snapshot', () => {
  test('says how old a reading is that is not fresh', async () => {
    const { facts, ...rest } = await fakeAnswers({ items: 2, points: 1, name: (i) => `n${i}` }).hostFacts(undefined);
    const snapshot = (ageMs: number) =>
      call({ hostFacts: async () => ({ ...rest, facts, timestampMs: testNowMs - ageMs }) }, 'get_host_snapshot');
    expect((await snapshot(60_000)).text).toMatch(/^n0 at 2026-03-01T11:59:00Z\n/);
    expect((await snapshot(90_000)).text).toMatch(/^n0 at 2026-03-01T11:58:30Z \(stale: 1m30s old\)\n/);
  });

  test('cut by max_tokens offers only what it takes: more tokens', async () => {
    const app = fakeAnswers({ items: 80, points: 1, name: (i) => `disk-${i}` });
    const { text, data } = await call(app, 'get_host_snapshot', { max_tokens: 600 });
    expect(text).toMatch(/Showing 1-\d+ of \d+; for the rest pass a larger max_tokens\.$/);
    expect(data).toMatchObject({ truncated: true });
    expect(data).not.toHaveProperty('next_cursor');
  });
});

test('query_audit_log continues after what it showed where the tokens did not suffice', async () => {
  const app = fakeAnswers({ items: 200, points: 1, name: (i) => `name-${i}` });
  const queryAudit = vi.fn(async (query: Parameters<App['queryAudit']>[0]) => {
    return { ...(await app.queryAudit(query)), nextCursor: `after-${query.limit}` };
  });
  const { text, data } = await call({ queryAudit }, 'query_audit_log', { max_tokens: 800 });
  const shown = (data.entries as unknown[]).length;
  expect(shown).toBeGreaterThan(1);
  expect(shown).toBeLessThan(50);
  expect(data).toMatchObject({ total: 200, truncated: true, next_cursor: `after-${shown}` });
  expect(text).toMatch(new RegExp(`For older ones pass cursor "after-${shown}"\\.$`));
});
