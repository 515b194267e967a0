import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Descriptor } from '../../../src/core/series.ts';
import { type CapacityRequest, forecastCapacity } from '../../../src/metrics/forecast-capacity.ts';
import { createRandom } from '../../support/random.ts';
import { openStoredMetrics, type StoredMetrics, thresholdsHere } from '../../support/stored-metrics.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const nowMs = Date.UTC(2026, 5, 29, 12, 30);
const root: Descriptor = {
  metric: 'system.filesystem.utilization',
  labels: { 'system.device': '/dev/vda', 'system.filesystem.mountpoint': '/' },
  unit: '1',
};
const memory: Descriptor = { metric: 'system.memory.utilization', labels: {}, unit: '1' };

let stored: StoredMetrics;
beforeEach(async () => {
  stored = await openStoredMetrics(nowMs);
});
afterEach(() => stored[Symbol.asyncDispose]());

const ask = (change: Partial<CapacityRequest> = {}, signal = new AbortController().signal, progress = () => {}) =>
  forecastCapacity(
    { metrics: stored.metrics, analytics: thresholdsHere() },
    { nowMs, horizonMs: 30 * day, ...change },
    signal,
    progress,
  );

/** Four weeks of samples each 10 minutes, `at` an age in days (28 to 0), with a little noise. */
function weeks(at: (age: number) => number, seed = 1): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: 28 * 144 }, (_, i) => at(28 - i / 144) + 0.001 * random.normal());
}
const grid = { endMs: nowMs, stepMs: 10 * minute };
const fills = (days: number) => weeks((age) => 0.9 - 0.015 * (days + age));

test('what is full comes first, then what fills, the sooner the earlier, then what does not', async () => {
  await stored.insert(
    'steady',
    root,
    weeks(() => 0.5),
    grid,
  );
  await stored.insert('slow', root, fills(14), grid);
  await stored.insert(
    'full',
    root,
    weeks(() => 0.95),
    grid,
  );
  await stored.insert('fast', root, fills(4), grid);
  const { resources, hosts } = await ask();
  expect(hosts).toBe(4);
  expect(resources.map(({ host, status }) => `${host} ${status}`)).toEqual([
    'full beyond',
    'fast reaches',
    'slow reaches',
    'steady later',
  ]);
  const [, fast, slow, steady] = resources;
  expect(fast).toMatchObject({ resource: 'filesystem /', threshold: 0.9, scale: 'long', reason: null });
  expect(Number(fast?.likelyMs) - nowMs).toBeGreaterThan(3.5 * day);
  expect(Number(fast?.likelyMs) - nowMs).toBeLessThan(4.5 * day);
  expect(fast?.earliestMs).toBeLessThanOrEqual(Number(fast?.likelyMs));
  expect(slow?.latestMs).toBeGreaterThan(nowMs + 14 * day);
  expect(Number(slow?.backtest?.error)).toBeLessThan(Number(slow?.backtest?.baselineError));
  expect(steady).toMatchObject({ reason: 'not-approaching', earliestMs: null, likelyMs: null });
});

describe('hosts', () => {
  beforeEach(async () => {
    await stored.insert('web-1', root, fills(4), grid);
    await stored.insert(
      'web-2',
      memory,
      weeks(() => 0.4),
      grid,
    );
    await stored.insert(
      'db-1',
      memory,
      weeks(() => 0.3),
      grid,
    );
  });

  test.each([
    [undefined, ['web-1', 'web-2', 'db-1']],
    ['*', ['web-1', 'web-2', 'db-1']],
    ['web-*', ['web-1', 'web-2']],
    ['db-1', ['db-1']],
  ])('%s are %j', async (host, expected) => {
    const { resources } = await ask({ host });
    expect(resources.map((one) => one.host)).toEqual(expected);
  });

  test('that there are none of are refused with the nearest names', async () => {
    await expect(ask({ host: 'wbe-1' })).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/no host "wbe-1"\. Nearest: .*web-1/),
    });
  });

  test('that stopped reporting are told and not ranked, but for their end where all did', async () => {
    await stored.insert('web-old', root, fills(4), { ...grid, endMs: nowMs - 5 * day });
    const { resources, silent } = await ask();
    expect(silent).toEqual([{ host: 'web-old', lastMs: nowMs - 5 * day - 10 * minute }]);
    expect(resources.map((one) => one.host)).not.toContain('web-old');
    const alone = await ask({ host: 'web-old' });
    expect(alone.asOfMs).toBeLessThan(nowMs - 5 * day);
    expect(Number(alone.resources[0]?.likelyMs) - alone.asOfMs).toBeGreaterThan(3.5 * day);
  });

  test('without what is asked for are counted', async () => {
    expect(await ask({ metric: root.metric, labels: { 'system.filesystem.mountpoint': '/' } })).toMatchObject({
      without: 2,
      resources: [{ host: 'web-1' }],
    });
    await expect(ask({ metric: 'nothing' })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('what counts as a resource', () => {
  test('a part of a limit, as node_exporter has it, goes on across a resize', async () => {
    const labels = { device: '/dev/sda1', mountpoint: '/srv', fstype: 'ext4' };
    const size = weeks((age) => (age > 10 ? 100 : 200)).map(Math.round);
    // Growing by 3 a day, to 180 of 200 in 10 days.
    const free = size.map((whole, i) => whole - (180 - 3 * (38 - i / 144)));
    await stored.insert('n', { metric: 'node_filesystem_size_bytes', labels, unit: 'By' }, size, grid);
    await stored.insert('n', { metric: 'node_filesystem_avail_bytes', labels, unit: 'By' }, free, grid);
    const pseudo = { ...labels, fstype: 'squashfs', mountpoint: '/snap/core' };
    await stored.insert('n', { metric: 'node_filesystem_size_bytes', labels: pseudo, unit: 'By' }, size, grid);
    await stored.insert('n', { metric: 'node_filesystem_avail_bytes', labels: pseudo, unit: 'By' }, size, grid);
    const { resources } = await ask();
    expect(resources.map(({ resource }) => resource)).toEqual(['filesystem /srv']);
    expect(resources[0]?.now).toBeCloseTo(0.75, 2);
    expect(Number(resources[0]?.likelyMs) - nowMs).toBeGreaterThan(9 * day);
    expect(Number(resources[0]?.likelyMs) - nowMs).toBeLessThan(11 * day);
  });

  test('any metric with a threshold of its own, from below or from above', async () => {
    await stored.insert(
      'v',
      { metric: 'queue', labels: {}, unit: '{job}' },
      weeks((age) => 80 - 2 * age),
      grid,
    );
    await stored.insert(
      'v',
      { metric: 'left', labels: {}, unit: 'By' },
      weeks((age) => 1e6 * (50 + age)),
      grid,
    );
    const { resources } = await ask({ metric: 'queue', threshold: 100 });
    expect(Number(resources[0]?.likelyMs) - nowMs).toBeGreaterThan(9 * day);
    expect(Number(resources[0]?.likelyMs) - nowMs).toBeLessThan(11 * day);
    const left = await ask({ metric: 'left', threshold: 40e6 });
    expect(left.resources[0]).toMatchObject({ status: 'reaches', now: expect.closeTo(50e6, -5) });
    await expect(ask({ metric: 'queue' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('threshold: queue is no share'),
    });
  });

  test('which is on the side that the caller names', async () => {
    const free: Descriptor = { metric: 'app.free', labels: {}, unit: 'By' };
    await stored.insert(
      'dips',
      free,
      weeks((age) => (age > 27.8 ? 5e9 : 1e9 * (20 + 2 * age))),
      grid,
    );
    await stored.insert(
      'low',
      free,
      weeks((age) => 1e9 * (5 + 2 * age)),
      grid,
    );
    const { resources } = await ask({ metric: 'app.free', threshold: 10e9 });
    expect(resources).toMatchObject([
      { host: 'low', status: 'beyond', direction: 'below' },
      { host: 'dips', status: 'reaches', direction: 'below' },
    ]);
    expect(Number(resources[1]?.likelyMs) - nowMs).toBeGreaterThan(4 * day);
    expect(Number(resources[1]?.likelyMs) - nowMs).toBeLessThan(6 * day);
    const above = await ask({ metric: 'app.free', threshold: 10e9, direction: 'above' });
    expect(above.resources).toMatchObject([
      { host: 'dips', status: 'beyond' },
      { host: 'low', status: 'later' },
    ]);
  });

  test('with a threshold that it can have', async () => {
    await stored.insert('v', memory, fills(10), grid);
    await expect(ask({ threshold: 150 })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(
        /^threshold: 150 cannot be reached, as system.memory.utilization lies between 0 and/,
      ),
    });
  });

  test('and what is no share with one that is not below 0', async () => {
    const left: Descriptor = { metric: 'app.disk.free_bytes', labels: {}, unit: 'By' };
    await stored.insert(
      'v',
      left,
      weeks((age) => 1e9 * (1 + age)),
      grid,
    );
    await expect(ask({ metric: left.metric, threshold: -5 })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'threshold: -5 cannot be reached, as app.disk.free_bytes is never below 0; pass a value from 0 on.',
    });
  });

  test('a share takes its threshold as one or in percent', async () => {
    await stored.insert('v', memory, fills(10), grid);
    const [share] = (await ask({ threshold: 0.8 })).resources;
    expect(share?.threshold).toBe(0.8);
    expect((await ask({ threshold: 80 })).resources[0]).toEqual(share);
  });
});

describe('time scales', () => {
  const fine = { endMs: nowMs, stepMs: minute };
  const lastHours = (at: (minutesAgo: number) => number) =>
    Float64Array.from({ length: 6 * 60 }, (_, i) => at(6 * 60 - i));

  test('a log gone wild that fills a steady disk within the hour is seen in minutes', async () => {
    await stored.insert(
      'wild',
      root,
      weeks(() => 0.5),
      { ...grid, endMs: nowMs - 6 * hour },
    );
    await stored.insert(
      'wild',
      root,
      lastHours((ago) => 0.5 + Math.max(0, 30 - ago) * 0.006),
      fine,
    );
    const [found] = (await ask()).resources;
    expect(found).toMatchObject({ status: 'reaches', scale: 'short' });
    expect(Number(found?.likelyMs) - nowMs).toBeGreaterThan(20 * minute);
    expect(Number(found?.likelyMs) - nowMs).toBeLessThan(60 * minute);
  });

  test('a rise that comes each morning is no emergency', async () => {
    const daily = (age: number) => 0.55 - 0.3 * Math.cos(2 * Math.PI * age);
    const endsRising = { ...grid, endMs: nowMs - 6 * hour };
    await stored.insert(
      'daily',
      memory,
      weeks((age) => daily(age - 0.5 + 0.25)),
      endsRising,
    );
    await stored.insert(
      'daily',
      memory,
      lastHours((ago) => daily(ago / 1440 - 0.5)),
      fine,
    );
    const [found] = (await ask()).resources;
    expect(found?.scale).toBe('long');
    expect(found?.likelyMs).toBeNull();
  });
});

describe('a disk that was tidied up', () => {
  const fine = { endMs: nowMs, stepMs: minute };
  /** Grows by 1 % a day to 85 %, each minute of three weeks, then falls to 60 %: 30 days are left. */
  const tidied = (minutesAgo: number, level = 0.6) => {
    const random = createRandom(minutesAgo);
    const length = 21 * 1440;
    return Float64Array.from({ length }, (_, i) =>
      i < length - minutesAgo ? 0.64 + (0.01 * i) / 1440 + 0.0005 * random.normal() : level,
    );
  };

  test.each([2, 5, 20, 29, 31, 45, 60, 90, 120, 170])(
    '%i minutes ago is not said to be full soon',
    async (minutesAgo) => {
      await stored.insert('t', root, tidied(minutesAgo), fine);
      const [found] = (await ask({ horizonMs: 60 * day })).resources;
      expect(found).toMatchObject({
        reason: 'beyond-history',
        lastValue: null,
        shift: { size: expect.closeTo(-0.25, 1) },
      });
      expect(found?.earliestMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(nowMs + 18 * day);
      const shiftedMs = nowMs - minutesAgo * minute;
      expect(Math.abs(Number(found?.shift?.timeMs) - shiftedMs)).toBeLessThanOrEqual(hour);
    },
  );

  test('a minute ago, by a single sample, may be an odd reading: the dates of both are within its range', async () => {
    await stored.insert('t', root, tidied(1), fine);
    const [found] = (await ask()).resources;
    expect(found?.lastValue).toBe('doubtful');
    expect(Number(found?.earliestMs) - nowMs).toBeLessThan(7 * day);
    expect(found).toMatchObject({ likelyMs: null, latestMs: null });
  });

  test('is not what a single 0 at the end says', async () => {
    await stored.insert('t', root, tidied(1, 0), fine);
    const [found] = (await ask()).resources;
    expect(found?.lastValue).toBe('odd');
    expect(Number(found?.likelyMs) - nowMs).toBeGreaterThan(4 * day);
    expect(Number(found?.likelyMs) - nowMs).toBeLessThan(6 * day);
    expect(found?.latestMs).toBeNull();
  });

  test('each night is nothing new', async () => {
    const random = createRandom(2);
    const nightly = Float64Array.from({ length: 21 * 1440 }, (_, i) => {
      return 0.5 + (i % 1440 >= 1430 ? -0.3 : 0) + 0.0005 * random.normal();
    });
    await stored.insert('t', root, nightly, fine);
    const [found] = (await ask()).resources;
    expect(found).toMatchObject({ status: 'later', shift: null });
  });
});

test('a history of daily samples counts with its last day', async () => {
  const values = Float64Array.from({ length: 60 }, (_, i) => 0.9 - 0.01 * (70 - i));
  await stored.insert('d', root, values, { endMs: nowMs + day - hour, stepMs: day });
  const [found] = (await ask()).resources;
  expect(Number(found?.likelyMs) - nowMs).toBeGreaterThan(9 * day);
  expect(Number(found?.likelyMs) - nowMs).toBeLessThan(12 * day);
});

test('a young host gets no prediction, and is told why', async () => {
  await stored.insert('young', root, Float64Array.of(0.1, 0.2, 0.3), grid);
  expect((await ask()).resources).toMatchObject([{ status: 'unknown', reason: 'too-short', likelyMs: null }]);
});

test('a past incident that is excluded does not count', async () => {
  const clean = fills(10);
  const values = clean.map((value, i) => (i > 2000 && i < 2600 ? 0.1 : value));
  await stored.insert('one', root, values, grid);
  const at = (i: number) => nowMs - (28 * 144 - i) * 10 * minute;
  const [found] = (await ask({ exclude: [{ fromMs: at(2000), toMs: at(2601) }] })).resources;
  expect(Number(found?.likelyMs) - nowMs).toBeGreaterThan(9 * day);
  expect(Number(found?.likelyMs) - nowMs).toBeLessThan(11 * day);
});

test('what is excluded up to now is not what the prediction starts from, and what it starts from is told', async () => {
  const deleted = fills(4).map((value, i) => (i >= 28 * 144 - 96 ? 0.32 : value));
  await stored.insert('one', root, deleted, grid);
  const [found] = (await ask({ exclude: [{ fromMs: nowMs - 16 * hour, toMs: nowMs }] })).resources;
  expect(found?.now).toBeCloseTo(0.32, 2);
  expect(found?.startsFrom?.value).toBeCloseTo(0.83, 1);
  expect(found?.startsFrom?.timeMs).toBeLessThanOrEqual(nowMs - 16 * hour);
  expect(found?.startsFrom?.timeMs).toBeGreaterThan(nowMs - 18 * hour);
  expect(Number(found?.likelyMs) - nowMs).toBeGreaterThan(3.5 * day);
  expect(Number(found?.likelyMs) - nowMs).toBeLessThan(4.5 * day);
  const [before] = (await ask({ exclude: [{ fromMs: nowMs - 9 * day, toMs: nowMs - 8 * day }] })).resources;
  expect(before?.startsFrom).toBeNull();
});

test('what is over its threshold only in times that are excluded is not over it', async () => {
  const leaped = weeks((age) => (age < 1 ? 0.95 : 0.5));
  await stored.insert('one', root, leaped, grid);
  expect((await ask()).resources).toMatchObject([{ status: 'beyond' }]);
  const exclude = [{ fromMs: nowMs - 25 * hour, toMs: nowMs }];
  expect((await ask({ exclude })).resources).toMatchObject([{ status: 'later', reason: 'not-approaching' }]);
});

test('no date lies before the start of the predictions, though the first step is the hour that is running', async () => {
  const unsteady = weeks((age) => 0.9 - 0.015 * (0.3 + age) + (Math.floor(age) % 2 === 0 ? -0.01 : 0.01));
  await stored.insert('one', root, unsteady, grid);
  const { resources, asOfMs } = await ask();
  expect(asOfMs).toBe(nowMs);
  expect(resources).toMatchObject([{ status: 'reaches', earliestMs: nowMs }]);
  expect(resources[0]?.likelyMs).toBeGreaterThan(nowMs);
});

test('what comes each noon and grows is no new level while it runs', async () => {
  const isNoon = (age: number) => [12, 13].includes(new Date(nowMs - age * day).getUTCHours());
  const noons = weeks((age) => (isNoon(age) ? Math.min(age < 0.1 ? 0.895 : 1, 0.82 + 0.1 * (1 - age / 28)) : 0.4));
  await stored.insert('one', root, noons, grid);
  const { resources } = await ask();
  expect(resources).toMatchObject([{ status: 'reaches', likelyMs: nowMs + hour / 2, shift: null, reason: null }]);
});

test('errors that are only rounding are none', async () => {
  await stored.insert(
    'one',
    { ...root, unit: '1' },
    weeks((age) => 0.7 - 0.001 * age).map((_, i) => 0.5 + i / 12_000),
    grid,
  );
  const [found] = (await ask()).resources;
  expect(found?.status).toBe('reaches');
  expect(found?.backtest?.error).toBe(0);
  expect(found?.backtest?.baselineError).toBeGreaterThan(0.01);
});

test('how much of what is excluded lies in the history is told', async () => {
  await stored.insert('one', root, fills(10), grid);
  const windows = [
    { fromMs: nowMs - 3 * day, toMs: nowMs - 2 * day },
    { fromMs: nowMs - 30 * day, toMs: nowMs - 27 * day },
    { fromMs: nowMs - 60 * day, toMs: nowMs - 50 * day },
  ];
  const { excluded } = await ask({ exclude: windows });
  expect(excluded.map(({ fromMs, toMs }) => ({ fromMs, toMs }))).toEqual(windows);
  // The history begins with a whole hour.
  expect(excluded.map(({ hours }) => Math.floor(hours))).toEqual([24, 24, 0]);
  expect((await ask()).excluded).toEqual([]);
});

test('of what is excluded altogether nothing is predicted, and the others are', async () => {
  await stored.insert('old', root, fills(10).subarray(0, 1000), { ...grid, endMs: nowMs - hour });
  await stored.insert('new', root, fills(10), grid);
  const { resources } = await ask({ exclude: [{ fromMs: nowMs - 8 * day, toMs: nowMs }] });
  expect(resources).toMatchObject([{ host: 'new' }, { host: 'old', status: 'unknown', reason: 'too-short' }]);
});

test('what happened on the host at a sudden change is named: a restart, a resize', async () => {
  const changedMs = nowMs - 12 * day;
  const age = (ms: number) => (nowMs - ms) / day;
  const values = weeks((old) => (old > age(changedMs) ? 0.8 : 0.5 + 0.02 * (age(changedMs) - old)));
  await stored.insert('h', memory, values, grid);
  const uptime = weeks((old) => (old > age(changedMs) ? (100 - old) * 86_400 : (age(changedMs) - old) * 86_400 + 30));
  await stored.insert('h', { metric: 'system.uptime', labels: {}, unit: 's' }, uptime, grid);
  const limit = weeks((old) => (old > age(changedMs) ? 2 ** 34 : 2 ** 35)).map(Math.round);
  await stored.insert('h', { metric: 'system.memory.limit', labels: {}, unit: 'By' }, limit, grid);
  const [found] = (await ask({ metric: memory.metric })).resources;
  expect(found?.status).toBe('reaches');
  expect(Math.abs(Number(found?.shift?.timeMs) - changedMs)).toBeLessThanOrEqual(hour);
  expect(found?.changes.map(({ text }) => text)).toEqual([
    'system.memory.limit went from 16 GiB to 32 GiB',
    'the host restarted',
  ]);
  expect(Math.abs(Number(found?.changes[1]?.timeMs) - changedMs)).toBeLessThanOrEqual(30 * minute);
});

test('what was read of the host in times that are excluded is no change', async () => {
  const [fromMs, toMs] = [nowMs - 13 * day, nowMs - 12 * day];
  const age = (ms: number) => (nowMs - ms) / day;
  const isDown = (old: number) => old <= age(fromMs) && old > age(toMs);
  await stored.insert(
    'h',
    memory,
    weeks((old) => (isDown(old) ? 0.05 : old > age(toMs) ? 0.8 : 0.5 + 0.02 * (age(toMs) - old))),
    grid,
  );
  const uptime = weeks((old) => (old > age(toMs) ? (100 - old) * 86_400 : (age(toMs) - old) * 86_400 + 1800));
  await stored.insert('h', { metric: 'system.uptime', labels: {}, unit: 's' }, uptime, grid);
  const limit = weeks((old) => (isDown(old) ? 2 ** 20 : 2 ** 34)).map(Math.round);
  await stored.insert('h', { metric: 'system.memory.limit', labels: {}, unit: 'By' }, limit, grid);
  const found = async (exclude: CapacityRequest['exclude']) =>
    (await ask({ metric: memory.metric, exclude })).resources[0];
  const changesOf = async (exclude: CapacityRequest['exclude']) =>
    (await found(exclude))?.changes.map(({ text }) => text);
  expect(await changesOf(undefined)).toContain('the host restarted');
  expect((await found([{ fromMs, toMs }]))?.shift).not.toBeNull();
  expect(await changesOf([{ fromMs, toMs }])).toEqual([]);
});

test('it tells how far it is, and ends when it is cancelled', async () => {
  for (let i = 0; i < 20; i++) await stored.insert(`h${i}`, memory, weeks(() => 0.5).subarray(-200), grid);
  const progress = vi.fn();
  await ask({}, undefined, progress);
  const told = progress.mock.calls.map(([done]) => done as number);
  expect(told.length).toBeGreaterThan(3);
  expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
  expect(told.at(-1)).toBe(20);
  const controller = new AbortController();
  const reason = new Error('enough');
  progress.mockImplementation((done) => done === 0 && controller.abort(reason));
  await expect(ask({}, controller.signal, progress)).rejects.toBe(reason);
});

test.each([
  ['a horizon beyond a year', { horizonMs: 400 * day }, /horizon: at most 366d/],
  ['a history of the future', { fromMs: nowMs + 1 }, /from: the history cannot start in the future/],
  ['labels without a metric', { labels: { a: 'b' } }, /labels need a metric/],
])('refuses %s', async (_name, change, message) => {
  await expect(ask(change)).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringMatching(message),
  });
});
