import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../../src/core/series.ts';
import { findLoginStorm } from '../../../../src/metrics/anomalies/patterns/login-storm.ts';
import { findMiner } from '../../../../src/metrics/anomalies/patterns/miner.ts';
import { findOutgoingFlood } from '../../../../src/metrics/anomalies/patterns/outgoing-flood.ts';
import type { EarlierDay, SeenAnomaly, Situation } from '../../../../src/metrics/anomalies/situation.ts';
import { seriesKey } from '../../../../src/metrics/series-key.ts';

const minuteMs = 60_000;
const nowMs = 20_000 * 86_400_000;

const network = (direction: 'transmit' | 'receive', name = 'eth0', metric = 'io', unit = 'By/s'): Descriptor => {
  const labels = { 'network.interface.name': name, 'network.io.direction': direction };
  return { metric: `system.network.${metric}`, labels, unit };
};
const packets = network('receive', 'eth0', 'packets', '{packet}/s');
const cpu: Descriptor = { metric: 'system.cpu.utilization', labels: {}, unit: '1' };
const load: Descriptor = { metric: 'system.cpu.load_average.1m', labels: {}, unit: '{thread}' };
const cores: Descriptor = { metric: 'system.cpu.logical.count', labels: {}, unit: '{cpu}' };
const forks: Descriptor = { metric: 'system.processes.created', labels: {}, unit: '{process}/s' };
const disk: Descriptor = { metric: 'system.disk.io', labels: { 'disk.io.direction': 'write' }, unit: 'By/s' };

/** A series that rose from what was expected, `upper` at most, to `value`, `minutes` ago, and still is there. */
function rose(series: Descriptor, expected: number, upper: number, value: number, minutes = 2): SeenAnomaly {
  const startMs = nowMs - minutes * minuteMs;
  const peak = { timeMs: startMs, value, expected, lower: 0, upper, score: 0.9 };
  return { series, startMs, lastMs: nowMs, peak };
}

function situation(
  anomalies: readonly SeenAnomaly[],
  now: readonly (readonly [Descriptor, number])[] = [],
  recent: (minutesAgo: number) => number = () => Number.NaN,
): Situation {
  const values = new Map(now.map(([series, value]) => [seriesKey(series), value]));
  return {
    nowMs,
    anomalies,
    last: (series) => values.get(seriesKey(series)) ?? Number.NaN,
    samples(_series, fromMs) {
      const timesMs = Float64Array.from({ length: 720 }, (_, i) => nowMs - (719 - i) * 5_000).filter(
        (timeMs) => timeMs >= fromMs && !Number.isNaN(recent((nowMs - timeMs) / minuteMs)),
      );
      return { timesMs, values: timesMs.map((timeMs) => recent((nowMs - timeMs) / minuteMs)) };
    },
  };
}

/** The last week, all days alike or each by itself. */
const week = (of: (daysAgo: number) => number): EarlierDay[] =>
  Array.from({ length: 7 }, (_, i) => ({ daysAgo: i + 1, mean: of(i + 1), max: of(i + 1) }));

const megabyte = 1_000_000;

describe('an outgoing flood', () => {
  const flood = rose(network('transmit'), 0.2 * megabyte, 2 * megabyte, 50 * megabyte);
  const little: [Descriptor, number] = [network('receive'), 0.1 * megabyte];

  test('is far more sent than ever, with little received; the evidence says so, and that it is a guess', () => {
    const found = findOutgoingFlood(situation([flood], [little]));
    expect(found?.hypothesis).toEqual({
      kind: 'outgoing_flood',
      evidence:
        'eth0 sends 47.7 MiB/s where at most 1.91 MiB/s was expected, and receives 97.7 KiB/s: data may leave the host, or it may be used to attack others.',
    });
    expect(found?.subject).toEqual(network('transmit'));
    expect(found?.isUsual([])).toBe(false);
    expect(found?.isUsual(week(() => 2 * megabyte))).toBe(false);
  });

  test('is no backup that sends every night, nor every week', () => {
    const found = findOutgoingFlood(situation([flood], [little]));
    expect(found?.isUsual(week(() => 45 * megabyte))).toBe(true);
    expect(found?.isUsual(week((daysAgo) => (daysAgo === 7 ? 60 * megabyte : megabyte)))).toBe(true);
  });

  test.each([
    ['a server that answers, and receives much', situation([flood], [[network('receive'), 30 * megabyte]])],
    ['more received too', situation([flood, rose(network('receive'), 1, 2, 40 * megabyte)], [little])],
    ['not known how much is received', situation([flood])],
    [
      'somewhat more than the band',
      situation([rose(network('transmit'), 20 * megabyte, 30 * megabyte, 50 * megabyte)], [little]),
    ],
    ['little, however much more than before', situation([rose(network('transmit'), 10, 100, 50_000)], [little])],
    ['one moment', situation([{ ...flood, lastMs: flood.startMs }], [little])],
    ['loopback', situation([rose(network('transmit', 'lo'), 0, 1, 50 * megabyte)], [[network('receive', 'lo'), 0]])],
    ['more received alone', situation([rose(network('receive'), 0, 1, 50 * megabyte)], [[network('transmit'), 1]])],
    ['less sent than expected', situation([{ ...flood, peak: { ...flood.peak, expected: 90 * megabyte } }], [little])],
    ['nothing odd', situation([], [little])],
  ])('is not: %s', (_what, seen) => expect(findOutgoingFlood(seen)).toBeNull());
});

describe('a miner', () => {
  const started = rose(cpu, 0.1, 0.3, 0.98, 20);
  const busy: [Descriptor, number][] = [
    [load, 4.1],
    [cores, 4],
  ];
  const even = (minutesAgo: number) => (minutesAgo < 20 ? 0.97 + 0.01 * Math.sin(minutesAgo) : 0.1);

  test('is an even use of nearly all processors for a quarter of an hour that is not usual, with the load', () => {
    const found = findMiner(situation([started, rose(load, 0.4, 1, 4.1, 19)], busy, even));
    expect(found?.hypothesis).toEqual({
      kind: 'miner',
      evidence: expect.stringMatching(
        /^The processors have been used 9\d\.?\d? % to 9\d\.?\d? % for 15 minutes where 10 % was expected, .*: somebody may be mining, or a process may be stuck\.$/,
      ),
    });
    expect(found?.subject).toEqual(cpu);
    expect(found?.isUsual([])).toBe(false);
    expect(found?.isUsual(week(() => 0.1))).toBe(false);
  });

  test('is no job that runs on most days, or on this day of each week, nor a server that is always busy', () => {
    const found = findMiner(situation([started], busy, even));
    expect(found?.isUsual(week(() => 0.95))).toBe(true);
    expect(found?.isUsual(week((daysAgo) => (daysAgo === 7 ? 0.9 : 0.1)))).toBe(true);
    expect(found?.isUsual(week((daysAgo) => (daysAgo % 2 === 1 ? 0.9 : 0.1)))).toBe(true);
    expect(found?.isUsual(week((daysAgo) => (daysAgo === 3 ? 0.9 : 0.1)))).toBe(false);
  });

  test.each([
    ['a busy server, of which it is expected', situation([rose(cpu, 0.92, 0.96, 0.99, 20)], busy, even)],
    ['a busy server, of which nothing is odd', situation([], busy, even)],
    ['a build, which starts processes', situation([started, rose(forks, 2, 10, 400, 19)], busy, even)],
    ['a job that writes', situation([started, rose(disk, 1, 10, 4_000_000, 19)], busy, even)],
    ['use that goes up and down', situation([started], busy, (ago) => 0.8 + 0.2 * Math.sin(3 * ago))],
    ['half of the processors', situation([rose(cpu, 0.1, 0.3, 0.5, 20)], busy, () => 0.5)],
    ['ten minutes so far', situation([started], busy, (ago) => (ago < 10 ? 0.97 : 0.1))],
    ['too few samples', situation([started], busy, (ago) => (ago < 5 ? 0.97 : Number.NaN))],
    [
      'no load',
      situation(
        [started],
        [
          [load, 0.5],
          [cores, 4],
        ],
        even,
      ),
    ],
    [
      'one core of many',
      situation([rose({ ...cpu, labels: { 'cpu.logical_number': '1' } }, 0.1, 0.3, 0.98, 20)], busy, even),
    ],
  ])('is not: %s', (_what, seen) => expect(findMiner(seen)).toBeNull());
});

describe('a login storm', () => {
  const started = rose(forks, 2, 10, 200);
  const arriving = rose(packets, 50, 200, 3_000);
  const small: [Descriptor, number][] = [
    [packets, 3_000],
    [network('receive'), 300_000],
    [cpu, 0.4],
  ];
  const failed: Descriptor = { metric: 'sshd.auth.failures', labels: {}, unit: '{failure}/s' };

  test('is many processes started while many small packets arrive', () => {
    const found = findLoginStorm(situation([started, arriving], small));
    expect(found?.hypothesis.kind).toBe('login_storm');
    expect(found?.hypothesis.evidence).toBe(
      'system.processes.created went to 200 /s where at most 10 /s was expected, and system.network.packets{network.interface.name=eth0,network.io.direction=receive} went to 3000 /s where at most 200 /s was expected: somebody may be trying passwords, or many log in at once.',
    );
    expect(found?.isUsual([])).toBe(false);
    expect(found?.isUsual(week(() => 5))).toBe(false);
  });

  test('is far more failed logins or sessions, where they are counted', () => {
    for (const metric of [
      'sshd.auth.failures',
      'system.login.sessions',
      'ssh_sessions',
      'windows.logins',
      'auth_failed',
    ])
      expect(findLoginStorm(situation([rose({ ...failed, metric }, 1, 5, 90)]))?.subject.metric).toBe(metric);
    for (const metric of ['http.sessions', 'db.sessions', 'author.failures', 'blogins', 'system.users'])
      expect(findLoginStorm(situation([rose({ ...failed, metric }, 1, 5, 90)])), metric).toBeNull();
  });

  test('is no job that starts as many processes at this time of each day', () => {
    expect(findLoginStorm(situation([started, arriving], small))?.isUsual(week(() => 180))).toBe(true);
  });

  test.each([
    ['a build, which uses the processors and receives nothing', situation([started, rose(cpu, 0.1, 0.3, 0.99)], small)],
    ['a build that downloads small files', situation([started, arriving], [...small.slice(0, 2), [cpu, 0.97]])],
    [
      'a download',
      situation(
        [started, arriving],
        [
          [packets, 3_000],
          [network('receive'), 4_000_000],
          [cpu, 0.4],
        ],
      ),
    ],
    ['packets alone', situation([arriving], small)],
    [
      'packets between containers',
      situation([started, rose(network('receive', 'docker0', 'packets'), 50, 200, 3_000)], small),
    ],
    ['fewer processes', situation([{ ...started, peak: { ...started.peak, expected: 900 } }, arriving], small)],
    ['nothing odd', situation([], small)],
  ])('is not: %s', (_what, seen) => expect(findLoginStorm(seen)).toBeNull());
});
