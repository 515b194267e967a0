import type { Chart, ChartLine, TimeChart } from '../../src/charts/chart.ts';

/** 2026-11-24T09:17:00Z */
export const chartNowMs = Date.UTC(2026, 10, 24, 9, 17);

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Numbers from 0 to 1 without a pattern to the eye, by whole numbers alone: the same on every machine. */
const scattered = (i: number) => ((i * 7919) % 101) / 101;
/** From 0 to 1 and back, every `period` steps. */
const swing = (i: number, period: number) => Math.abs((i % period) - period / 2) / (period / 2);

const values = (length: number, of: (i: number) => number) => Float64Array.from({ length }, (_, i) => of(i));

function measured(name: string, stepMs: number, line: Float64Array): ChartLine {
  return { name, role: 'measured', startMs: chartNowMs - line.length * stepMs, stepMs, values: line };
}

function overTime(title: string, unit: string, lines: readonly ChartLine[], rest: Partial<TimeChart> = {}): TimeChart {
  const [first] = lines;
  return { kind: 'time', title, unit, lines, fromMs: first?.startMs ?? 0, toMs: chartNowMs, ...rest };
}

const forecastMean = values(24, (i) => 0.3 + 0.4 * swing(i + 17, 24));

const rangeDefaults = {
  kind: 'range',
  title: 'What runs out first',
  nowMs: chartNowMs,
  nowName: 'now',
  untilMs: chartNowMs + 90 * day,
} as const;

/** One of each thing that a chart can show. */
export const sampleCharts = {
  'an-hour': overTime('system.cpu.utilization on web-1', '1', [
    measured(
      '',
      minute,
      values(60, (i) => 0.2 + 0.1 * scattered(i)),
    ),
  ]),
  forecast: overTime(
    'system.cpu.utilization on web-1',
    '1',
    [
      measured(
        'measured',
        hour,
        values(96, (i) => 0.3 + 0.4 * swing(i + 17, 24) + 0.05 * scattered(i)),
      ),
      { name: 'forecast', role: 'forecast', startMs: chartNowMs, stepMs: hour, values: forecastMean },
      { name: 'naive', role: 'baseline', startMs: chartNowMs, stepMs: hour, values: values(24, () => 0.5) },
    ],
    {
      detail: 'the interval held 94.2 % in 12 backtests',
      toMs: chartNowMs + day,
      now: { ms: chartNowMs, name: 'now' },
      bands: [0.12, 0.06].map((half, i) => ({
        name: `${i === 0 ? 95 : 80} % interval`,
        startMs: chartNowMs,
        stepMs: hour,
        lower: forecastMean.map((value) => value - half),
        upper: forecastMean.map((value) => value + half),
      })),
      thresholds: [{ name: 'threshold 90 %', value: 0.9 }],
    },
  ),
  'gaps-and-anomalies': overTime(
    'system.disk.operation_time on db-1',
    's',
    [
      measured(
        'measured',
        minute,
        values(90, (i) => (i % 40 > 30 && i % 40 !== 35 ? Number.NaN : 0.2 + scattered(i))),
      ),
    ],
    {
      marks: [
        { fromMs: chartNowMs - 40 * minute, toMs: chartNowMs - 35 * minute },
        { fromMs: chartNowMs - 20 * minute, toMs: chartNowMs - 19 * minute, value: 1.1 },
      ],
    },
  ),
  'eight-series': overTime(
    'system.network.io on db-1',
    'By/s',
    Array.from({ length: 8 }, (_, k) =>
      measured(
        `eth${k}, ${k % 2 === 0 ? 'receive' : 'transmit'}`,
        5 * minute,
        values(72, (i) => (k + 1) * 2 ** 20 * (1 + scattered(i + 13 * k) / 4)),
      ),
    ),
    { detail: 'avg per 5m, 8 of 12 series' },
  ),
  'a-year': overTime('system.filesystem.usage on db-1', 'By', [
    measured(
      '',
      day,
      values(365, (i) => 2 ** 38 + i * 2 ** 29),
    ),
  ]),
  'constant-zero': overTime('system.paging.operations on db-1', '{operation}/s', [
    measured(
      '',
      minute,
      values(30, () => 0),
    ),
  ]),
  nothing: overTime('system.cpu.utilization on web-1', '1', [
    measured(
      '',
      minute,
      values(30, () => Number.NaN),
    ),
  ]),
  'hostile-names': overTime(
    '<script>alert(1)</script> & "{a|b}" \u202e\u0000\uffff on web-1\n</svg>',
    '<b>{c}</b>',
    [
      '</text><a href="javascript:x">',
      'line-0',
      `${'long'.repeat(500)}`,
      '服务器 👾 \ud800',
      '__proto__',
      'constructor',
    ].map((name, k) =>
      measured(
        name,
        minute,
        values(30, (i) => k + scattered(i)),
      ),
    ),
    { detail: ']]><!-- {value}', thresholds: [{ name: '<i>threshold</i>'.repeat(30), value: 4 }] },
  ),
  'extreme-values': overTime('app.balance on db-1', '1', [
    measured(
      'huge',
      minute,
      values(30, (i) => 1e300 * (scattered(i) - 0.5)),
    ),
    measured(
      'tiny',
      minute,
      values(30, (i) => 1e-300 * scattered(i)),
    ),
  ]),
  'odd-week': overTime(
    'system.network.io on db-1',
    'By/s',
    [
      measured(
        'avg per 30m',
        30 * minute,
        values(336, (i) => (i === 100 || i === 205 ? 5 : 1 + swing(i, 48) + scattered(i) / 2) * 2 ** 17),
      ),
    ],
    {
      detail: '2 odd intervals, strongest 640 KiB/s (score 0.97)',
      bands: [
        {
          name: 'expected',
          startMs: chartNowMs - 336 * 30 * minute,
          stepMs: 30 * minute,
          lower: values(336, (i) => (0.8 + swing(i, 48)) * 2 ** 17),
          upper: values(336, (i) => (1.8 + swing(i, 48)) * 2 ** 17),
        },
      ],
      marks: [100, 205].flatMap((i) => {
        const fromMs = chartNowMs - (336 - i) * 30 * minute;
        return [
          { fromMs, toMs: fromMs + 2 * hour },
          { fromMs, toMs: fromMs + 30 * minute, value: 5 * 2 ** 17 },
        ];
      }),
      marksName: 'odd',
    },
  ),
  'time-to-threshold': {
    ...rangeDefaults,
    detail: '1 past the threshold, 3 may reach it within 90 d, 1 will not, 1 without a prediction',
    rows: [
      { name: 'cache-3 memory', detail: 'at 94.7 %, over 90 %', when: { kind: 'already', text: 'over already' } },
      {
        name: 'db-1 filesystem /var/lib/postgresql',
        detail: 'at 71 % of 90 %',
        when: {
          kind: 'expected',
          ...{ earliestMs: chartNowMs + 2 * day, likelyMs: chartNowMs + 4 * day, latestMs: chartNowMs + 9 * day },
          ...{ text: 'in 4 d', detail: '2 to 9 d' },
        },
      },
      {
        name: 'web-1 app.free',
        detail: 'at 4.7 GiB, falls to 2 GiB',
        when: {
          kind: 'expected',
          ...{ earliestMs: chartNowMs + 12 * day, likelyMs: chartNowMs + 30 * day, latestMs: null },
          ...{ text: 'in 30 d', detail: '12 d or later' },
        },
      },
      {
        name: `<b>${'long '.repeat(60)}`,
        detail: `at 12 % of ${'90 %'.repeat(60)}`,
        when: {
          kind: 'expected',
          ...{ earliestMs: chartNowMs + 40 * day, likelyMs: null, latestMs: null },
          ...{ text: 'maybe, 18 %', detail: `from ${'40 d'.repeat(20)} on` },
        },
      },
      {
        name: 'web-2 filesystem /',
        detail: 'at 62 % of 90 %',
        when: { kind: 'not-expected', text: 'not within 90 d: it resets itself before' },
      },
      {
        name: 'web-3 filesystem /',
        detail: 'threshold 90 %',
        when: { kind: 'not-expected', text: 'no prediction: the history is too short' },
      },
    ],
  },
  'nothing-runs-out': {
    ...rangeDefaults,
    title: 'Nothing is expected to run out within 90 d',
    detail: '1 will not reach the threshold within 90 d',
    nowName: 'end of data',
    rows: [
      {
        name: 'web-2 filesystem /',
        detail: 'at 62 % of 90 %',
        when: { kind: 'not-expected', text: 'not within 90 d' },
      },
    ],
  },
} as const satisfies Record<string, Chart>;
