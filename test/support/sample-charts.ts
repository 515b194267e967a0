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
  'time-to-threshold': {
    kind: 'range',
    title: 'When filesystems are full',
    detail: 'earliest, likely and latest',
    nowMs: chartNowMs,
    untilMs: chartNowMs + 90 * day,
    rows: [
      { name: 'cache-3 memory', earliestMs: chartNowMs - day, likelyMs: chartNowMs - hour, latestMs: chartNowMs + day },
      {
        name: 'db-1 /var/lib/postgresql',
        earliestMs: chartNowMs + 2 * day,
        likelyMs: chartNowMs + 4 * day,
        latestMs: chartNowMs + 9 * day,
      },
      { name: 'web-1 /', earliestMs: chartNowMs + 12 * day, likelyMs: chartNowMs + 30 * day, latestMs: null },
      { name: `<b>${'long '.repeat(60)}`, earliestMs: chartNowMs + 40 * day, likelyMs: null, latestMs: null },
    ],
  },
} as const satisfies Record<string, Chart>;
