import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvFormat } from '../../../../src/metrics/exporters/csv.ts';
import type { ExportFormat } from '../../../../src/metrics/exporters/export-format.ts';
import { exportHistory } from '../../../../src/metrics/exporters/export-history.ts';
import { jsonlFormat } from '../../../../src/metrics/exporters/jsonl.ts';
import { createOpenMetricsFormat } from '../../../../src/metrics/exporters/open-metrics.ts';
import { readCsv } from '../../../../src/metrics/importers/csv.ts';
import { createLeftOut } from '../../../../src/metrics/importers/left-out.ts';
import type { MetricStore } from '../../../../src/metrics/metric-store.ts';
import { samplesBetween } from '../../../../src/metrics/samples.ts';
import { seriesKey } from '../../../../src/metrics/series-key.ts';
import type { SeriesBatch } from '../../../../src/metrics/stored-series.ts';
import { pieces } from '../../../support/collected.ts';
import { naughtyStrings } from '../../../support/naughty-strings.ts';
import { findPrometheus } from '../../../support/prometheus-server.ts';
import { temporaryDir } from '../../../support/temporary-dir.ts';

const t0 = Date.parse('2026-01-01T00:00:00Z');
const always = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

/** A store that holds these series, numbered from 1. */
function storeOf(batches: readonly SeriesBatch[]): Pick<MetricStore, 'series' | 'read'> {
  return {
    series: async ({ host, metric } = {}) =>
      batches
        .map(({ host, descriptor, samples: { timesMs } }, i) => {
          const span = timesMs.length > 0 && { firstMs: timesMs[0] as number, lastMs: timesMs.at(-1) as number };
          return { id: i + 1, host, ...descriptor, ...span };
        })
        .filter((one) => (host === undefined || one.host === host) && (metric === undefined || one.metric === metric)),
    read: async ({ seriesIds, fromMs, toMs }) =>
      new Map(
        seriesIds.map((id) => {
          const samples = batches[id - 1]?.samples;
          if (samples === undefined) throw new Error(`no series ${id}`);
          return [id, samplesBetween(samples, fromMs, toMs)];
        }),
      ),
  };
}

function series(
  host: string,
  metric: string,
  labels: Record<string, string>,
  unit: string,
  pairs: [number, number][],
): SeriesBatch {
  const timesMs = Float64Array.from(pairs, ([timeMs]) => timeMs);
  const values = Float64Array.from(pairs, ([, value]) => value);
  return { host, descriptor: { metric, labels, unit }, samples: { timesMs, values } };
}

async function text(batches: readonly SeriesBatch[], format: ExportFormat, window = always): Promise<string> {
  let written = '';
  for await (const piece of exportHistory(storeOf(batches), window, format, () => {})) written += piece;
  return written;
}

const some = [
  series('web', 'system.disk.io', { 'system.device': 'sda' }, 'By/s', [
    [t0, 1.5],
    [t0 + 1, -0],
  ]),
  series('db', 'system.disk.io', { host: 'a"b\\c\nd', 'a.b': '1', a_b: '2' }, 'By/s', [[t0, 2]]),
  series('web', '5xx', {}, '{request}', [[t0 + 86_400_000 * 40, 3]]),
  series('web', 'empty', {}, '1', []),
];

describe('history is written', () => {
  test('as CSV, a row a sample, by metric and host', async () => {
    expect(await text(some, csvFormat)).toBe(
      [
        'timestamp,host,metric,labels,unit,value',
        '2026-02-10T00:00:00.000Z,web,5xx,{},{request},3',
        '2026-01-01T00:00:00.000Z,db,system.disk.io,"{""a.b"":""1"",""a_b"":""2"",""host"":""a\\""b\\\\c\\nd""}",By/s,2',
        '2026-01-01T00:00:00.000Z,web,system.disk.io,"{""system.device"":""sda""}",By/s,1.5',
        '2026-01-01T00:00:00.001Z,web,system.disk.io,"{""system.device"":""sda""}",By/s,-0',
        '',
      ].join('\n'),
    );
  });

  test('as JSON lines', async () => {
    const lines = (await text(some, jsonlFormat)).trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toContainEqual({
      timestamp: '2026-01-01T00:00:00.000Z',
      host: 'web',
      metric: 'system.disk.io',
      labels: { 'system.device': 'sda' },
      unit: 'By/s',
      value: 1.5,
    });
    expect(lines).toHaveLength(4);
  });

  test('as OpenMetrics, with names that it allows, each family in one piece', async () => {
    expect(await text(some, createOpenMetricsFormat())).toBe(
      [
        '# TYPE _5xx gauge',
        `_5xx{host="web"} 3 ${t0 / 1000 + 86_400 * 40}`,
        '# TYPE system_disk_io_bytes_per_second gauge',
        `system_disk_io_bytes_per_second{host="db",a_b="1;2",exported_host="a\\"b\\\\c\\nd"} 2 ${t0 / 1000}`,
        `system_disk_io_bytes_per_second{host="web",system_device="sda"} 1.5 ${t0 / 1000}`,
        `system_disk_io_bytes_per_second{host="web",system_device="sda"} -0 ${t0 / 1000 + 0.001}`,
        '# EOF',
        '',
      ].join('\n'),
    );
  });

  test('from a time to another, the end not included', async () => {
    const written = await text(some, csvFormat, { fromMs: t0, toMs: t0 + 1 });
    expect(
      written
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.slice(0, 28)),
    ).toEqual(['2026-01-01T00:00:00.000Z,db,', '2026-01-01T00:00:00.000Z,web']);
  });

  test('in pieces, of a series that is longer than a window', async () => {
    const pairs = Array.from({ length: 10_000 }, (_, i): [number, number] => [t0 + i * 600_000, i]);
    const sizes: number[] = [];
    let samples = 0;
    for await (const piece of exportHistory(storeOf([series('h', 'm', {}, '1', pairs)]), always, csvFormat, (done) => {
      samples = done.samples;
    }))
      sizes.push(piece.length);
    expect(samples).toBe(10_000);
    expect(Math.max(...sizes)).toBeLessThan(70_000);
    expect(sizes.length).toBeGreaterThan(5);
  });
});

test('promtool makes blocks of OpenMetrics text, whatever names there are', async ({ skip }) => {
  const promtool = findPrometheus('promtool');
  skip(promtool === undefined && process.env.CI_REQUIRE_SERVICES !== '1', 'promtool of Prometheus is not installed');
  using dir = temporaryDir();
  const named = naughtyStrings.map((name) => name.replaceAll('\0', '').toWellFormed().slice(0, 200));
  const odd = named.map((name, i) =>
    series(`h${i}${name}`, `m${i}${name}`, { [name]: name, 'a.b': name }, '{x}/s', [
      [t0, i],
      [t0 + 1, -i],
    ]),
  );
  const file = join(dir.path, 'history.txt');
  writeFileSync(file, await text([...some, ...odd], createOpenMetricsFormat()));
  const blocks = ['tsdb', 'create-blocks-from', 'openmetrics', file, join(dir.path, 'blocks')];
  const { stdout } = await promisify(execFile)(promtool ?? 'promtool', blocks);
  expect(stdout).toContain('NUM SAMPLES');
}, 30_000);

describe('series that get the same name in OpenMetrics', () => {
  const same = [
    series('web', 'm e.t/r', {}, '1', [[t0, 1]]),
    series('web', 'm_e.t/r', {}, '1', [[t0, 2]]),
    series('web', 'm_e_t_r_ratio', {}, '', [[t0, 3]]),
    series('web', 'x', { 'a.b': '1' }, '', [[t0, 4]]),
    series('web', 'x', { a_b: '1' }, '', [[t0, 5]]),
    series('web', 'x', { a_b: '1', openmanager_series: '5' }, '', [[t0, 6]]),
    series('db', 'x', { a_b: '1' }, '', [[t0, 7]]),
  ];

  test('stay apart by their number', async () => {
    const lines = (await text(same, createOpenMetricsFormat())).split('\n').filter((line) => /^[^#]/.test(line));
    expect(lines.map((line) => line.replace(` ${t0 / 1000}`, ''))).toEqual([
      'm_e_t_r_ratio{host="web"} 1',
      'm_e_t_r_ratio{host="web",openmanager_series="2"} 2',
      'm_e_t_r_ratio{host="web",openmanager_series="3"} 3',
      'x{host="db",a_b="1"} 7',
      'x{host="web",a_b="1"} 4',
      'x{host="web",a_b="1",openmanager_series="5"} 5',
      'x{host="web",a_b="1",exported_openmanager_series="5"} 6',
    ]);
  });

  test('are as many series to promtool', async ({ skip }) => {
    const promtool = findPrometheus('promtool');
    skip(promtool === undefined && process.env.CI_REQUIRE_SERVICES !== '1', 'promtool of Prometheus is not installed');
    using dir = temporaryDir();
    const [file, blocks] = [join(dir.path, 'history.txt'), join(dir.path, 'blocks')];
    writeFileSync(file, await text(same, createOpenMetricsFormat()));
    const ask = promisify(execFile);
    await ask(promtool ?? 'promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, blocks]);
    // It reads a database, which has this folder too.
    mkdirSync(join(blocks, 'wal'));
    const { stdout } = await ask(promtool ?? 'promtool', ['tsdb', 'dump', blocks]);
    const values = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').at(-2));
    expect(values.toSorted((one, other) => Number(one) - Number(other))).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(new Set(stdout.match(/\{.*?\}/g)).size).toBe(same.length);
  }, 30_000);
});

describe('what is written as CSV reads back as it was', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((one) => !/[\r\n\0]/.test(one));
  const labels = fc.dictionary(
    name.filter((one) => one !== '__proto__'),
    fc.string({ unit: 'grapheme' }),
    { maxKeys: 3 },
  );
  const values = fc.double({ noNaN: true, noDefaultInfinity: true });
  const pairs = fc.uniqueArray(fc.tuple(fc.integer({ min: 31_536_000_000, max: t0 }), values), {
    selector: ([timeMs]) => timeMs,
    minLength: 1,
    maxLength: 20,
  });
  const batch = fc
    .tuple(name, name, labels, fc.constantFrom('', '1', 'By/s', '{a,"b"}'), pairs)
    .map(([host, metric, named, unit, unsorted]) =>
      series(
        host,
        metric,
        named,
        unit,
        [...unsorted].sort(([one], [other]) => one - other),
      ),
    );
  const key = ({ host, descriptor }: SeriesBatch) => JSON.stringify([host, seriesKey(descriptor)]);

  test('whatever names, labels and values there are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(batch, { selector: key, maxLength: 4 }), async (batches) => {
        const leftOut = createLeftOut();
        const read: SeriesBatch[] = [];
        const source = pieces(await text(batches, csvFormat), 100);
        for await (const some of readCsv(source, { nowMs: t0 }, leftOut)) read.push(...some);
        expect(leftOut.kinds()).toEqual([]);
        const byKey = (all: readonly SeriesBatch[]) => Object.fromEntries(all.map((one) => [key(one), one.samples]));
        expect(byKey(read)).toEqual(byKey(batches));
      }),
    );
  });
});
